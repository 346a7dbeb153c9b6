// Televisions from 2022 on run Chromium 85 and newer; today's WebAssembly shows an empty page on those below 96.

import { id, run } from '../event.ts';
import { OldChromium } from '../old-chromium.ts';
import { expect, pictures, test } from '../test.ts';

test('the wall lives on Chromium 83', async ({ server }) => {
  await server.post(run('shop').stage('Source').passed().stage('Prod').failed());
  const old = await OldChromium.start();
  try {
    expect(old.browser.version()).toMatch(/^83\./);
    const { page, problems } = await old.page();

    // Playwright's own ways to find elements need a browser of today; plain scripts work in every one.
    const read = (script: string): Promise<unknown> => page.evaluate(script);
    const status = (name: string): string => `(document.querySelector('main [data-pipeline="${id(name)}"]') || { dataset: {} }).dataset.status`;
    await page.goto(`${server.url}?poll=1`);
    // It asks for the best compression, which the server may still be working at.
    await expect.poll(() => read(status('shop')), { timeout: 20_000 }).toBe('failed');
    await expect.poll(() => read("(document.querySelector('[data-live]') || { dataset: {} }).dataset.live")).toBe('live');
    expect(await read(`document.querySelector('[data-pipeline="${id('shop')}"]').offsetHeight`)).toBeGreaterThan(100);

    await server.post(run('billing', 60).stage('Prod').waiting());
    await expect.poll(() => read(status('billing'))).toBe('waiting');
    expect(await read('document.documentElement.scrollHeight <= innerHeight')).toBe(true);
    await page.screenshot({ path: `${pictures}/chromium-83.png` });

    await read(`document.querySelector('[data-pipeline="${id('shop')}"] a').click()`);
    await expect.poll(() => read("(document.querySelector('dialog[open] h2') || {}).textContent")).toBe('shop');
    await expect.poll(() => read("document.querySelectorAll('dialog [data-run]').length")).toBe(1);
    await page.screenshot({ path: `${pictures}/chromium-83-page.png` });
    expect(problems).toEqual([]);
  } finally {
    await old.stop();
  }
});
