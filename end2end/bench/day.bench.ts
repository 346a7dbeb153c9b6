// What a whole day of polls leaves behind. tests/day.spec.ts asks the same of two hours.

import { Day, POLLS_AN_HOUR, UNCOMPILED } from '../day.ts';
import { expect, test } from '../test.ts';
import { figure } from './figure.ts';

test.use({ launchOptions: [async ({ launchOptions }, use) => use({ ...launchOptions, args: [...(launchOptions.args ?? []), UNCOMPILED] }), { scope: 'worker' }] });

test('a day of polls', async ({ page, server }) => {
  test.setTimeout(3_600_000);
  const day = await Day.begin(page, server.url);
  await day.live(POLLS_AN_HOUR);
  const before = await day.held();
  await day.live(23 * POLLS_AN_HOUR);
  const after = await day.held();
  expect(await day.polls()).toBe(1 + 24 * POLLS_AN_HOUR);
  const growth = (what: 'heap' | 'wasm'): number => 100 * (after[what] / before[what] - 1);
  figure("growth of JavaScript's heap in a day of 17,280 polls, after the first hour", growth('heap'), 1, '%');
  figure('growth of the WebAssembly memory in that day', growth('wasm'), 1, '%');
  figure('nodes of the page more than after the first hour', after.nodes - before.nodes, 0, 'nodes');
});
