// A television shows everything at once: nothing scrolls, nothing lies outside or on top of another.

import { expect, test } from '../test.ts';

for (const pipelines of [1, 20, 150]) {
  test.describe(`${pipelines} pipelines`, () => {
    test.use({ serverArguments: ['--demo', String(pipelines), '--seed', '7'] });
    // The demo's past is played before the server answers.
    test.describe.configure({ timeout: 120_000 });

    test('fit a television without scrolling', async ({ wall, picture }) => {
      await wall.open('?kiosk');
      await expect(wall.tiles).toHaveCount(pipelines);
      expect(await wall.scrolls()).toBe(false);
      const outside = await wall.tiles.evaluateAll((tiles) =>
        tiles.filter((tile) => {
          const { left, top, right, bottom } = tile.getBoundingClientRect();
          return left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5;
        }).length,
      );
      expect(outside).toBe(0);
      await picture(`kiosk-${pipelines}`);
    });

    test('lie side by side', async ({ wall }) => {
      await wall.open('?kiosk');
      await expect(wall.tiles).toHaveCount(pipelines);
      const overlaps = await wall.tiles.evaluateAll((tiles) => {
        const boxes = tiles.map((tile) => tile.getBoundingClientRect());
        return boxes.filter((a, index) =>
          boxes.slice(index + 1).some((b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1),
        ).length;
      });
      expect(overlaps).toBe(0);
    });
  });
}

test.describe('on a telephone', () => {
  test.use({ viewport: { width: 390, height: 844 }, serverArguments: ['--demo', '24', '--seed', '7'] });

  test('the wall is as wide as the screen', async ({ page, wall, picture }) => {
    await wall.open();
    await expect(wall.tiles).toHaveCount(24);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await picture('telephone');
  });
});
