// How long people wait, in today's Chromium.

import type { Page } from '@playwright/test';

import { run } from '../event.ts';
import { expect, test } from '../test.ts';
import { Wall } from '../wall.ts';
import { figure, median } from './figure.ts';

const TIMES = 10;

test.describe('100 pipelines', () => {
  test.use({ serverArguments: ['--demo', '100', '--seed', '7'] });

  test('first names on a slow line', async ({ browser, server }) => {
    // The server compresses the site when it starts; nobody deploys and opens a wall in the same second.
    await expect.poll(async () => (await fetch(server.url, { headers: { 'accept-encoding': 'br' } })).headers.get('content-encoding')).toBe('br');
    const times: number[] = [];
    for (let round = 0; round < TIMES; round++) {
      // A new context has an empty cache.
      const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
      const page = await context.newPage();
      const session = await context.newCDPSession(page);
      await session.send('Network.enable');
      // Slow 4G: 1.6 Mb/s down, 750 kb/s up, 150 ms.
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 150,
        downloadThroughput: 1_600_000 / 8,
        uploadThroughput: 750_000 / 8,
      });
      await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      await page.addInitScript(() => {
        Object.assign(window, {
          shown: new Promise<number>((resolve) => {
            const look = () => {
              if (document.querySelectorAll('[data-pipeline]').length >= 100) {
                requestAnimationFrame(() => {
                  setTimeout(() => {
                    resolve(performance.now());
                  });
                });
              } else requestAnimationFrame(look);
            };
            look();
          }),
        });
      });
      await page.goto(server.url, { waitUntil: 'commit' });
      times.push(await page.evaluate(() => (window as unknown as { shown: Promise<number> }).shown));
      await context.close();
    }
    figure('100 names on screen, cold, slow 4G, CPU ÷ 4', median(times), 1_200);
  });
});

for (const [what, rows] of Object.entries({
  'new durations': (name: string, round: number) => run(name, round + 1).stage('Prod').passed().passed(),
  'ten begin to fail, all tiles move': (name: string, round: number) => run(name, round + 1).stage('Prod').failed(),
})) {
  test(`an update of ten among a thousand: ${what}`, async ({ context, page, server }) => {
    const names = Array.from({ length: 1_000 }, (_, index) => `pipeline-${String(index).padStart(4, '0')}`);
    for (let from = 0; from < names.length; from += 200) {
      await server.post(...names.slice(from, from + 200).map((name) => run(name).stage('Build').passed().stage('Prod').passed().passed()));
    }
    const wall = new Wall(page, server.url);
    await wall.open('?poll=2');
    await expect(wall.tiles).toHaveCount(1_000);
    const session = await context.newCDPSession(page);
    // Time of the processor, not of the clock: what else runs on the machine doesn't count.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
    };
    const untilNextAnswer = async () => {
      const before = await busy();
      await nextAnswer(page);
      await painted(page);
      return (await busy()) - before;
    };

    const [unchanged, changed]: [number[], number[]] = [[], []];
    for (let round = 0; round < TIMES; round++) {
      await untilNextAnswer();
      unchanged.push(await untilNextAnswer());
      await server.post(...names.slice(round * 10, round * 10 + 10).map((name) => rows(name, round)));
      changed.push(await untilNextAnswer());
    }
    figure(`main thread for an answer of 1,000 rows, ${what}: beyond an unchanged one`, median(changed) - median(unchanged), 8);
  });
}

test('from an event to the screen', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  await wall.open('?poll=1');
  await expect(wall.tile('shop')).toBeVisible();
  const times: number[] = [];
  for (let round = 0; round < 2 * TIMES; round++) {
    const seen = page.evaluate(
      (name) =>
        new Promise<number>((resolve) => {
          new MutationObserver((_, observer) => {
            if (!document.querySelector(`[data-pipeline$=":${name}"]`)) return;
            observer.disconnect();
            requestAnimationFrame(() => {
              resolve(Date.now());
            });
          }).observe(document.body, { childList: true, subtree: true });
        }),
      `event-${round}`,
    );
    const posted = Date.now();
    await server.post(run(`event-${round}`));
    times.push((await seen) - posted);
  }
  figure('posted event to screen with a poll of 1,000 ms, median', median(times), 1_300);
  figure('posted event to screen with a poll of 1,000 ms, worst of 20', Math.max(...times), 1_300);
});

async function nextAnswer(page: Page): Promise<void> {
  const response = await page.waitForResponse('**/data');
  await response.finished();
}

/** Two frames later all that an answer brought about has been drawn. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => {
          requestAnimationFrame(() => {
            setTimeout(resolve);
          });
        });
      }),
  );
}
