// Three ways of use: a tab has controls, a television none, a frame tells its page how high it wants to be.

import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Page } from '@playwright/test';

import { run } from '../event.ts';
import { expect, test } from '../test.ts';

test.describe('a television', () => {
  test('has no controls, no cursor and no links', async ({ page, server, wall }) => {
    await server.post(run('shop').stage('Prod').failed());
    await wall.open('?kiosk');
    await expect(wall.tile('shop')).toBeVisible();
    await expect(page.locator('input, button, a')).toHaveCount(0);
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).cursor)).toBe('none');
    expect(await wall.scrolls()).toBe(false);
  });

  test('stays awake, and fills its screen at the first key', async ({ page, server, wall }) => {
    await page.addInitScript(() => {
      const calls: string[] = [];
      Object.assign(window, { calls });
      Object.defineProperty(navigator, 'wakeLock', { value: { request: (kind: string) => Promise.resolve(calls.push(`wake ${kind}`)) } });
      Element.prototype.requestFullscreen = () => Promise.resolve(void calls.push('full screen'));
    });
    await server.post(run('shop'));
    await wall.open('?kiosk');
    const calls = async () => await page.evaluate(() => (window as unknown as { calls: string[] }).calls);
    await expect.poll(calls).toEqual(['wake screen']);
    await page.keyboard.press('Enter');
    expect(await calls()).toEqual(['wake screen', 'full screen']);
  });

  test('burns nothing in: the picture moves by pixels, and by no more than its margin', async ({ page, server, wall }) => {
    await page.clock.install();
    await server.post(run('shop'));
    await wall.open('?kiosk');
    await expect(wall.tile('shop')).toBeVisible();
    await page.clock.runFor(2_000);
    const left = async () => (await wall.tile('shop').boundingBox())?.x ?? NaN;
    const before = await left();
    await expect
      .poll(async () => {
        await page.clock.runFor(180_000);
        return (await left()) - before;
      })
      .toBe(3);
  });

  test('moves no banner onto its tiles', async ({ page, server, wall }) => {
    await page.clock.install();
    await server.post(run('shop'));
    await wall.open('?kiosk&margin=5&wallpaper=cats');
    await expect(wall.tile('shop')).toBeVisible();
    const edges = async () => {
      const { x, y, width, height } = (await page.locator('#banner').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      return [x, x + width, y + height].map(Math.round);
    };
    const before = await edges();
    expect(before).toEqual([96, 1824, 1026]);
    await page.clock.runFor(2_000);
    const left = (await wall.tile('shop').boundingBox())?.x;
    // What moves it may still be on its way.
    await expect
      .poll(async () => {
        await page.clock.runFor(180_000);
        return (await wall.tile('shop').boundingBox())?.x;
      })
      .not.toBe(left);
    expect(await edges()).toEqual(before);
  });

  test('keeps an edge free that it does not show', async ({ server, wall }) => {
    await server.post(...['a', 'b'].map((name) => run(name).stage('Prod').failed()));
    await wall.open('?kiosk&margin=5');
    await expect(wall.tiles).toHaveCount(2);
    for (const tile of await wall.tiles.all()) {
      const box = (await tile.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      expect(box.x).toBeGreaterThanOrEqual(96);
      expect(box.x + box.width).toBeLessThanOrEqual(1920 - 96);
      expect(box.y + box.height).toBeLessThanOrEqual(1080 - 54);
    }
  });
});

test.describe('a frame', () => {
  // A page of another origin: another port is one.
  const open = async (page: Page, server: string, query: string) => {
    portal.on('request', (_, answer) => {
      answer.setHeader('content-type', 'text/html').end(
        `<!doctype html><title>Portal</title><link rel="icon" href="data:,"><script>addEventListener('message', ({ data }) => { document.title = JSON.stringify(data); });</script><iframe src="${server}${query}" width="900" height="480"></iframe>`,
      );
    });
    await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve));
    await page.goto(`http://127.0.0.1:${(portal.address() as AddressInfo).port}/`);
  };
  let portal: HttpServer;
  test.beforeEach(() => {
    portal = createServer();
  });
  test.afterEach(() => {
    portal.close();
    portal.closeAllConnections();
  });

  test('tells the counts, however narrow it is', async ({ page, server, wall }) => {
    await page.setViewportSize({ width: 320, height: 240 });
    await server.post(run('shop').stage('Prod').failed(), run('docs').stage('Prod').passed().passed());
    await wall.open('?embed');
    await expect(wall.tile('shop')).toBeVisible();
    await expect(page.locator('header strong')).toHaveText(['1', '1']);
    for (const count of await page.locator('header strong').all()) await expect(count).toBeVisible();
  });

  test('tells its page how high it wants to be', async ({ page, server }) => {
    await server.post(...['a', 'b', 'c'].map((name) => run(name).stage('Prod').failed()));
    await open(page, server.url, '?embed&poll=1');
    await expect(page).toHaveTitle(/^\{"type":"pipelines-dashboard","height":\d+\}$/);
    const told = JSON.parse(await page.title()) as { height: number };
    expect(told.height).toBeGreaterThan(200);
    // A frame of that height shows all as tiles.
    await page.locator('iframe').evaluate((frame, height) => {
      frame.setAttribute('height', String(height));
    }, told.height);
    await expect(page.frameLocator('iframe').locator('[data-pipeline]:not([data-form=chip])')).toHaveCount(3);
    await server.post(...['d', 'e', 'f', 'g', 'h', 'i', 'j', 'k'].map((name) => run(name).stage('Prod').failed()));
    await expect.poll(async () => (JSON.parse(await page.title()) as { height: number }).height).toBeGreaterThan(told.height);
  });

  test('lets its page shine through when asked', async ({ page, server }) => {
    await server.post(run('shop'));
    await open(page, server.url, '?embed=transparent');
    const frame = page.frameLocator('iframe');
    await expect(frame.locator('[data-pipeline]')).toBeVisible();
    expect(await frame.locator('html').evaluate((html) => getComputedStyle(html).backgroundColor)).toBe('rgba(0, 0, 0, 0)');
    expect(await frame.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)).toBe('rgba(0, 0, 0, 0)');
  });

  test('works from 320 pixels and without storage', async ({ page, server, picture }) => {
    await page.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, {
          get: () => {
            throw new DOMException('denied', 'SecurityError');
          },
        });
      }
    });
    await server.post(...['a', 'b', 'c'].map((name) => run(name).stage('Prod').failed()));
    await page.setViewportSize({ width: 320, height: 240 });
    await page.goto(`${server.url}?embed`);
    await expect(page.locator('[data-pipeline]')).toHaveCount(3);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await picture('embed-320');
  });
});

test.describe('movement', () => {
  test('a fresh failure pulses, an older one does not', async ({ server, wall }) => {
    await server.post(run('old', 3600).stage('Prod').failed(), run('fresh', 50).stage('Prod').failed());
    await wall.open();
    await expect(wall.tile('fresh')).toHaveAttribute('data-fresh', '');
    await expect(wall.tile('old')).not.toHaveAttribute('data-fresh');
  });

  test('a tile glides to its new place', async ({ page, server, wall }) => {
    await server.post(...['a', 'b'].map((name) => run(name).stage('Prod').failed()));
    await wall.open('?poll=1');
    await expect(wall.tiles).toHaveCount(2);
    await page.locator('html[data-drawn]').waitFor();
    const moved = page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener('transitionrun', (event) => {
            resolve(event.propertyName);
          });
        }),
    );
    await server.post(run('c', 30).stage('Prod').failed());
    expect(await moved).toBe('transform');
  });

  test.describe('reduced', () => {
    test.use({ contextOptions: { reducedMotion: 'reduce' } });

    test('is none at all', async ({ page, server, wall }) => {
      await server.post(run('fresh', 50).stage('Prod').failed(), run('runs').stage('Prod').running());
      await wall.open();
      await expect(wall.tile('fresh')).toHaveAttribute('data-fresh', '');
      await page.locator('html[data-drawn]').waitFor();
      const moving = await page.evaluate(() => document.getAnimations().length);
      expect(moving).toBe(0);
      expect(await wall.tile('runs').evaluate((tile) => getComputedStyle(tile).transitionProperty)).toBe('none');
    });
  });
});
