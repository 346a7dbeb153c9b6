// Televisions from 2022 on run Chromium 85 and newer; today's WebAssembly shows an empty page on those below 96.

import { run } from '../event.ts';
import { OldChromium } from '../old-chromium.ts';
import { expect, test } from '../test.ts';
import { Wall } from '../wall.ts';

test('the wall lives on Chromium 83', async ({ server }) => {
  await server.post(run('shop').stage('Source').passed().stage('Prod').failed());
  const old = await OldChromium.start();
  try {
    expect(old.browser.version()).toMatch(/^83\./);
    const context = old.browser.contexts()[0];
    if (!context) throw new Error('Chromium 83 has no window');
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });

    const wall = new Wall(page, server.url);
    await wall.open();
    await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
    await expect(wall.tile('shop')).toBeVisible();
    await expect(wall.live).toHaveAttribute('data-live', 'live');

    await server.post(run('billing', 60).stage('Prod').waiting());
    await expect(wall.tile('billing')).toHaveAttribute('data-status', 'waiting');
    expect(await wall.order()).toEqual(['shop', 'billing']);
    expect(await wall.scrolls()).toBe(false);
    await page.screenshot({ path: 'pictures/chromium-83.png' });
    expect(problems).toEqual([]);
  } finally {
    await old.stop();
  }
});
