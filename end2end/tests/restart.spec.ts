// Nobody walks to a television: a wall that could not start, has died or is outdated starts again by itself.

import type { Page } from '@playwright/test';

import { run } from '../event.ts';
import { expect, test } from '../test.ts';

test.use({ expectedProblems: /Failed to load resource|RuntimeError|unreachable|Wasm|preload/ });

test.beforeEach(async ({ page, server }) => {
  await page.clock.install();
  await server.post(run('shop'));
});

/** What a panic is to the page. */
async function trap(page: Page): Promise<void> {
  await page.evaluate(() => {
    const code = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)));
    queueMicrotask(exports['f'] as () => void);
  });
}

/** Counts how often the page was loaded since. */
function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('domcontentloaded', () => loads++);
  return () => loads;
}

test('a wall whose program is missing says so and comes back', async ({ page, wall }) => {
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: 'no such file' }));
  await wall.open();
  await expect(wall.main).toContainText('could not start');
  await page.unroute('**/*.wasm');
  await page.clock.fastForward(6_000);
  await expect(wall.tile('shop')).toBeVisible();
});

test('a wall that died comes back, but not while the server is in trouble', async ({ page, server, wall }) => {
  await wall.open();
  await expect(wall.tile('shop')).toBeVisible();
  const loads = countLoads(page);

  await server.kill();
  await trap(page);
  const asked = page.waitForEvent('requestfailed', (request) => new URL(request.url()).pathname === '/');
  await page.clock.fastForward(6_000);
  await asked;
  expect(loads()).toBe(0);

  await server.start();
  await server.post(run('shop'));
  await page.clock.fastForward(11_000);
  await expect.poll(loads).toBe(1);
  await expect(wall.tile('shop')).toBeVisible();
});

test('a new version is loaded of which neither the program nor its glue is new', async ({ page, wall }) => {
  await wall.open('?kiosk&poll=1');
  await expect(wall.tile('shop')).toBeVisible();
  const loads = countLoads(page);
  await page.clock.fastForward(61_000);
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      const isLook = !route.request().isNavigationRequest();
      await route.fulfill({ response, body: isLook ? text.replace(/(data-version="[^"]*)[0-9a-f]{16}"/, '$10123456789abcdef"') : text });
    },
  );
  expect(loads()).toBe(0);
  await page.clock.fastForward(61_000);
  await expect.poll(loads).toBe(1);
});

test('a program that never comes is asked for anew', async ({ page, wall }) => {
  let asked = 0;
  await page.route('**/*_bg.wasm', async (route) => {
    if (route.request().method() === 'HEAD' || asked++ > 0) await route.continue();
  });
  const loads = countLoads(page);
  await wall.open('?kiosk&poll=1');
  await expect(wall.main).toContainText('Loading');
  expect(loads()).toBe(1);
  // Two minutes of patience, then the first wait before it begins anew.
  await page.clock.fastForward(121_000);
  await page.clock.fastForward(6_000);
  await expect(wall.tile('shop')).toBeVisible({ timeout: 20_000 });
  expect(loads()).toBe(2);
});

for (const [query, reloads] of [
  ['?kiosk&poll=1', true],
  ['?embed&poll=1', true],
  ['?poll=1', false],
] as const) {
  test(`${query} ${reloads ? 'takes' : 'leaves'} a new version when all of it is there`, async ({ page, server, wall }) => {
    await wall.open(query);
    await expect(wall.tile('shop')).toBeVisible();
    const loads = countLoads(page);

    let isThere = false;
    let looked = 0;
    const program = /[\w.-]+\.wasm/;
    const old = program.exec(await (await fetch(server.url)).text())?.[0] ?? '';
    await page.route(
      (url) => url.pathname === '/',
      async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: (await response.text()).replaceAll(old, 'new.wasm') });
      },
    );
    await page.route('**/new.wasm', async (route) => {
      looked++;
      await (isThere ? route.fulfill({ response: await route.fetch({ url: server.url + old, method: 'GET' }) }) : route.fulfill({ status: 404 }));
    });

    await page.clock.fastForward(61_000);
    if (reloads) await expect.poll(() => looked).toBe(1);
    expect(loads()).toBe(0);
    isThere = true;
    await page.clock.fastForward(61_000);
    if (reloads) await expect.poll(loads).toBe(1);
    await expect(wall.tile('shop')).toBeVisible();
    expect(loads()).toBe(reloads ? 1 : 0);
  });
}
