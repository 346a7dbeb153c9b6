// A television is never closed: a day must cost it nothing. Here the day has two hours, in `cargo xtask bench` all of them.

import { Day, POLLS_AN_HOUR, UNCOMPILED } from '../day.ts';
import { expect, test } from '../test.ts';

// A trace would be held on to by the page, too.
test.use({
  trace: 'off',
  screenshot: 'off',
  launchOptions: [async ({ launchOptions }, use) => use({ ...launchOptions, args: [...(launchOptions.args ?? []), UNCOMPILED] }), { scope: 'worker' }],
});

const HOURS = 2;

test('hours of polls leave nothing behind', async ({ page, server }) => {
  test.setTimeout(300_000);
  const day = await Day.begin(page, server.url);
  await day.live(POLLS_AN_HOUR);
  const before = await day.held();
  await day.live((HOURS - 1) * POLLS_AN_HOUR);
  const after = await day.held();
  expect(await day.polls()).toBe(1 + HOURS * POLLS_AN_HOUR);
  expect({ wasm: after.wasm, nodes: after.nodes, listeners: after.listeners }).toEqual({ wasm: before.wasm, nodes: before.nodes, listeners: before.listeners });
  expect(after.heap / before.heap).toBeLessThanOrEqual(1.01);
});
