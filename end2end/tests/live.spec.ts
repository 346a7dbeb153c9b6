// The main job: an event comes in, the wall moves.

import { run } from '../event.ts';
import { expect, test } from '../test.ts';

test('an empty board says how to send the first event', async ({ wall }) => {
  await wall.open();
  await expect(wall.main).toContainText('/events');
  await expect(wall.tiles).toHaveCount(0);
});

test('the first event turns an empty board into a wall', async ({ server, wall }) => {
  await wall.open();
  await expect(wall.main).toContainText('/events');
  await server.post(run('shop'));
  await expect(wall.tile('shop')).toBeVisible();
  await expect(wall.main).not.toContainText('/events');
});

test('a change of one pipeline leaves the elements of the others alone', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').passed().passed(), run('billing').stage('Prod').passed().passed());
  await wall.open();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'passed');
  const other = await wall.tile('billing').evaluateHandle((tile) => tile);
  await server.post(run('shop', 60).stage('Prod').failed());
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
  expect(await page.evaluate((element) => element.isConnected, other)).toBe(true);
});

test('an answer without a change asks the page to do nothing', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').passed().passed());
  await wall.open();
  await expect(wall.tile('shop')).toBeVisible();
  const before = await wall.tile('shop').evaluate((tile) => tile.outerHTML);
  for (let polls = 0; polls < 2; polls++) await page.waitForResponse('**/data');
  expect(await wall.tile('shop').evaluate((tile) => tile.outerHTML)).toBe(before);
});

test('rings turn in step, whenever they began', async ({ page, server, wall }) => {
  const begins = async () =>
    await page.evaluate(() => {
      const animations = document.getElementById('tiles')?.getAnimations({ subtree: true }) ?? [];
      return animations.filter((animation) => animation instanceof CSSAnimation && animation.animationName === 'turn').map(({ startTime }) => startTime);
    });
  await server.post(run('shop').stage('Prod').running());
  await wall.open();
  await expect.poll(begins).toEqual([0]);
  await server.post(run('billing').stage('Prod').running());
  await expect.poll(begins).toEqual([0, 0]);
});

test('more than a thousand pipelines come in several pages and all are there', async ({ page, server, wall }) => {
  const names = Array.from({ length: 1_205 }, (_, index) => `pipeline-${String(index).padStart(4, '0')}`);
  for (let from = 0; from < names.length; from += 400) {
    await server.post(...names.slice(from, from + 400).map((name) => run(name).stage('Prod').passed().passed()).flatMap(({ events }) => events.slice(-1)));
  }
  const second = page.waitForRequest(/\/data\/?\?start=/);
  await wall.open();
  await second;
  await expect(wall.tiles).toHaveCount(names.length);
  await server.post(run('pipeline-0007', 60).stage('Prod').failed());
  await expect(wall.tile('pipeline-0007')).toHaveAttribute('data-status', 'failed');
  await expect(wall.tiles).toHaveCount(names.length);
});

test('a hidden tab asks for nothing and is up to date as soon as it is seen', async ({ page, server, wall }) => {
  await page.addInitScript(() => {
    const state = { hidden: false };
    Object.defineProperty(document, 'hidden', { get: () => state.hidden });
    Object.defineProperty(document, 'visibilityState', { get: () => (state.hidden ? 'hidden' : 'visible') });
    Object.assign(window, {
      hide: (hidden: boolean) => {
        state.hidden = hidden;
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      },
    });
  });
  await page.clock.install();
  await server.post(run('shop'));
  await wall.open();
  await expect(wall.tile('shop')).toBeVisible();

  // Between two polls, so that none is cut short by the minute that the clock jumps.
  await (await page.waitForResponse('**/data')).finished();
  await page.evaluate('hide(true)');
  let asked = 0;
  page.on('request', () => asked++);
  await page.clock.runFor(60_000);
  // A poll that was under way when the tab was hidden may have followed a page's link.
  expect(asked).toBeLessThanOrEqual(1);

  await server.post(run('billing'));
  await page.evaluate('hide(false)');
  await expect(wall.tile('billing')).toBeVisible();
});
