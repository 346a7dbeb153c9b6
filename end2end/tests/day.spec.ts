// A television is never closed: a day must cost it nothing.

import { Day, POLLS_AN_HOUR } from '../day.ts';
import { expect, test } from '../test.ts';

test.use({ trace: 'off' });

test('a day of polls leaves nothing behind', async ({ page, server }) => {
  test.setTimeout(300_000);
  const day = await Day.begin(page, server.url);
  await day.live(POLLS_AN_HOUR);
  const before = await day.held();
  for (let h = 0; h < Number(process.env['HOURS'] ?? 3); h++) {
    const t = Date.now();
    await day.live(POLLS_AN_HOUR);
    console.log(h, Date.now() - t, 'ms', JSON.stringify(await day.held()));
  }
  console.log(JSON.stringify(before));
  expect(await day.polls()).toBeGreaterThan(0);
});
