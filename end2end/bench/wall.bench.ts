// How long people wait, in today's Chromium.

import type { CDPSession, Page } from '@playwright/test';

import { run } from '../event.ts';
import type { Server } from '../server.ts';
import { expect, test } from '../test.ts';
import { Wall } from '../wall.ts';
import { figure, median } from './figure.ts';

const TIMES = 10;

/** Posts pipelines that pass and gives back their names. */
async function passing(server: Server, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `pipeline-${String(index).padStart(4, '0')}`);
  for (let from = 0; from < names.length; from += 200) {
    await server.post(...names.slice(from, from + 200).map((name) => run(name).stage('Build').passed().stage('Prod').passed().passed()));
  }
  return names;
}

/** Milliseconds that the page's main thread has worked: the processor's time, so that what else runs on the machine doesn't count. */
async function mainThread(page: Page): Promise<() => Promise<number>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
  };
}

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
  test(`an update of ten among a thousand: ${what}`, async ({ page, server }) => {
    const names = await passing(server, 1_000);
    const wall = new Wall(page, server.url);
    await wall.open('?poll=2');
    await expect(wall.tiles).toHaveCount(1_000);
    const busy = await mainThread(page);
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

test('a thousand pipelines after their data', async ({ browser, server }) => {
  await passing(server, 1_000);
  const times: number[] = [];
  for (let round = 0; round < TIMES; round++) {
    // A new context has an empty cache and no last wall.
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
    const page = await context.newPage();
    await page.addInitScript(() => {
      Object.assign(window, {
        painted: new Promise<number>((resolve) => {
          const look = () => {
            if (document.querySelectorAll('[data-pipeline]').length < 1_000) requestAnimationFrame(look);
            // The task after a frame's own begins when that is painted.
            else setTimeout(() => { resolve(performance.now()); });
          };
          look();
        }),
      });
    });
    await page.goto(server.url, { waitUntil: 'commit' });
    times.push(
      await page.evaluate(async () => {
        const painted = await (window as unknown as { painted: Promise<number> }).painted;
        const data = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/data')) as PerformanceResourceTiming;
        return painted - data.responseEnd;
      }),
    );
    await context.close();
  }
  figure('1,000 pipelines, from the end of their data to their first paint', median(times), 300);
});

interface Glides {
  begun: number;
  over: number;
}

test('tiles glide among a thousand', async ({ browser, page, server }) => {
  const all = await passing(server, 1_000);
  const names = all.slice(0, 2);
  // On a full wall only what is loud glides, and few are large: these make room for the others.
  await server.post(...all.slice(10, 12).map((name) => run(name, 550).stage('Prod').failed()));
  const wall = new Wall(page, server.url);
  await wall.open('?poll=2');
  await expect(wall.tiles).toHaveCount(1_000);
  await page.locator('html[data-drawn]').waitFor();
  await page.evaluate(() => {
    const glides: Glides = { begun: 0, over: 0 };
    Object.assign(window, { glides });
    document.addEventListener('transitionrun', () => glides.begun++);
    for (const end of ['transitionend', 'transitioncancel']) document.addEventListener(end, () => glides.over++);
  });
  const longest: number[] = [];
  for (let round = 0; round < TIMES; round++) {
    await nextAnswer(page);
    await painted(page);
    await page.evaluate(() => Object.assign((window as unknown as { glides: Glides }).glides, { begun: 0, over: 0 }));
    await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
    // They come to the front and go back to their places.
    const next = (name: string) => run(name, 500 - round * 50).stage('Prod');
    await server.post(...names.map((name) => (round % 2 === 0 ? next(name).failed() : next(name).passed().passed())));
    await page.waitForFunction(() => {
      const { begun, over } = (window as unknown as { glides: Glides }).glides;
      return begun > 0 && over === begun;
    });
    longest.push(longestTask(await browser.stopTracing()));
  }
  figure('longest task while tiles glide among 1,000, median of ten times', median(longest), 50);
  figure('longest task while tiles glide among 1,000, worst of ten times', Math.max(...longest), 50);
});

test('a minute of staying up to date', async ({ page, server }) => {
  const names = await passing(server, 100);
  const wall = new Wall(page, server.url);
  await wall.open('?poll=10');
  await expect(wall.tiles).toHaveCount(100);
  const busy = await mainThread(page);
  await nextAnswer(page);
  await painted(page);
  const before = await busy();
  for (let poll = 0; poll < 6; poll++) {
    // Of each ten one fails, four begin to run, five pass again.
    const changed = names.slice(poll * 10, poll * 10 + 10).map((name, index) => {
      const next = run(name, 60).stage('Build').passed().stage('Prod');
      return index === 0 ? next.failed() : index < 5 ? next.running() : next.passed().passed();
    });
    await server.post(...changed);
    await nextAnswer(page);
  }
  await painted(page);
  figure('main thread in a minute, 100 pipelines, ten change at each of six polls', (await busy()) - before, 300);
});

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

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of the clock and of the processor. */
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

/** Milliseconds that the longest task of a page's main thread took of the processor. */
function longestTask(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name === 'ThreadControllerImpl::RunTask' && threads.some((thread) => thread.pid === pid && thread.tid === tid),
  );
  if (tasks.length === 0) throw new Error('the trace tells of no task');
  return Math.max(...tasks.map(({ tdur, dur }) => tdur ?? dur ?? 0)) / 1000;
}
