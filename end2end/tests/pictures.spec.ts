// What the wall looks like, compared with pictures that a person has looked at.
//
// Another browser, or other letters, draw other pixels. So what drew the pictures is told beside them; where another one draws, they
// prove nothing and are not compared. CONTRIBUTING.md tells how to renew them.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Browser, Page } from '@playwright/test';

import { id, run as runOf, type Run } from '../event.ts';
import { expect, FAILED_REQUEST, test as base } from '../test.ts';

const FOLDER = fileURLToPath(new URL('pictures.spec.ts-snapshots', import.meta.url));
const NOW = Date.parse('2026-03-04T10:15:00Z');

/** What draws: the browser's version, and a hash of letters and a curve as it draws them. */
async function artist(browser: Browser): Promise<string> {
  const page = await browser.newPage();
  const drawn = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d');
    if (!pen) return '';
    [11, 17, 28].forEach((size, index) => {
      pen.font = `${size}px sans-serif`;
      pen.fillText('Häßliche Überschrift 0123456789', 2, 24 + 40 * index);
    });
    pen.arc(200, 100, 37.5, 0, 5);
    pen.stroke();
    return canvas.toDataURL();
  });
  await page.close();
  return `${browser.version()} ${createHash('sha256').update(drawn).digest('hex').slice(0, 16)}\n`;
}

const test = base.extend<{ stillness: undefined }, { drawsAlike: boolean }>({
  /** Whether it is what has drawn the pictures. */
  drawsAlike: [
    async ({ browser }, use, { config }) => {
      const file = `${FOLDER}/artist.txt`;
      const here = await artist(browser);
      if (config.updateSnapshots === 'all') {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(file, here);
      }
      const there = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if (here !== there) console.log(`unproven: pictures (drawn by Chromium ${there.trim()}, and this one is ${here.trim()})`);
      await use(here === there);
    },
    { scope: 'worker' },
  ],

  /** Time stands still: the answers have one date, and the browser's monotonic clock moves only when a test moves it. */
  stillness: [
    async ({ page }, use) => {
      await page.addInitScript(() => {
        window.monotonic = 1000;
        performance.now = () => window.monotonic;
      });
      await page.route(/\/data(\/pipelines\/.*)?$/, async (route) => {
        const response = await route.fetch();
        const headers = { ...response.headers(), date: new Date(NOW).toUTCString() };
        await route.fulfill({ response, headers });
      });
      await use(undefined);
    },
    { auto: true },
  ],
});

declare global {
  interface Window {
    /** What `performance.now()` says. */
    monotonic: number;
  }
}

test.use({ viewport: { width: 640, height: 360 }, expectedProblems: FAILED_REQUEST });
test.beforeEach(({ drawsAlike }) => {
  // eslint-disable-next-line no-restricted-properties -- told as unproven, where `drawsAlike` finds it out
  test.skip(!drawsAlike, 'another browser or other letters');
});

function run(name: string, minutesAgo: number): Run {
  return runOf(name, minutesAgo * 60, NOW);
}

/** Runs that passed, each slower than the one after it, and before `minutesAgo`. */
function past(name: string, minutesAgo: number): Run[] {
  return [1, 2, 3, 4, 5].map((each) => run(name, minutesAgo + each * 90).stage('Source').passed().after(each * 25).stage('Prod').passed().passed());
}

function passes(name: string, minutesAgo: number): Run[] {
  return [...past(name, minutesAgo), run(name, minutesAgo).by('Alan Turing', 'Say units').stage('Source').passed().stage('Prod').passed().passed()];
}

const MIXED: Run[] = [
  ...past('payments-api_card-capture', 130),
  run('payments-api_card-capture', 130).by('Ada Lovelace', 'Cap the retries of the payment provider at five').stage('Source').passed().stage('Prod').failed(),
  ...past('ledger-core', 42),
  run('ledger-core', 42).by('Grace Hopper', 'Round half to even').stage('Source').passed().stage('Prod').waiting(),
  ...past('search-indexer', 3),
  run('search-indexer', 3).by('Barbara Liskov', 'Index names, too').stage('Source').passed().stage('Prod').running(),
  run('identity-service', 60).stage('Source').passed().stage('Prod').failed(),
  run('identity-service', 4).by('Edsger Dijkstra', 'Try it the other way round').stage('Source').passed().stage('Prod').running(),
  ...passes('billing-exports', 75),
  ...passes('catalog-service', 200),
  ...passes('data-lake_ingest.eu-west-1', 1500),
  ...passes('docs', 12),
  run('mailer', 33).stage('Source').passed().stopped(),
];

/** Compares what is seen with the picture of this name, when all that moves stands and the letters are there. */
async function compare(page: Page, name: string): Promise<void> {
  await page.locator('html[data-drawn]').waitFor();
  await page.evaluate(async () => {
    await Promise.all([500, 600].map((weight) => document.fonts.load(`${weight} 16px "Barlow Semi Condensed"`)));
  });
  // Backgrounds are near to one another: by the usual threshold a tile of another state's would pass.
  await expect(page).toHaveScreenshot(`${name}.png`, { maxDiffPixelRatio: 0.001, threshold: 0.02 });
}

for (const { theme, width, height } of [
  { theme: 'dark', width: 840, height: 500 },
  { theme: 'light', width: 640, height: 500 },
]) {
  test(`every state, ${theme}`, async ({ page, server, wall }) => {
    await page.setViewportSize({ width, height });
    await server.post(...MIXED);
    await wall.open(`?theme=${theme}&poll=300`);
    await expect(wall.tiles).toHaveCount(9);
    await wall.ready();
    await compare(page, `mixed-${theme}`);
  });
}

test('all green', async ({ page, server, wall }) => {
  await server.post(...['billing-exports', 'catalog-service', 'docs', 'ledger-core'].flatMap((name, index) => passes(name, 10 + 45 * index)));
  await wall.open('?kiosk&theme=dark&poll=300');
  await expect(wall.tiles).toHaveCount(4);
  await compare(page, 'all-green');
});

test('old data', async ({ page, server, wall }) => {
  await server.post(...MIXED);
  await wall.open('?kiosk&theme=dark&poll=1');
  await expect(wall.tiles).toHaveCount(9);
  await page.route('**/data', (route) => route.fulfill({ status: 502, body: '{"error":"bad gateway"}' }));
  await page.evaluate(() => {
    window.monotonic += 600_000;
  });
  const banner = page.getByRole('alert');
  await expect(banner).toContainText('10 min old: the server reports an error (502)');
  // The tiles make room for it a second later.
  const isCovered = async () => {
    const top = (await banner.boundingBox())?.y ?? 0;
    return await wall.tiles.evaluateAll((tiles, top) => tiles.some((tile) => tile.getBoundingClientRect().bottom > top), top);
  };
  await expect.poll(isCovered).toBe(false);
  await compare(page, 'stale');
});

test('a frame', async ({ page, server, wall }) => {
  await page.setViewportSize({ width: 450, height: 360 });
  await server.post(...MIXED);
  await wall.open('?embed&theme=light&poll=300');
  await expect(wall.tiles).toHaveCount(9);
  await compare(page, 'embed');
});

test('a television of 150', async ({ page, server, wall }) => {
  await page.setViewportSize({ width: 800, height: 450 });
  const quiet = Array.from({ length: 141 }, (_, index) => run(`pipeline-${String(index).padStart(3, '0')}`, 5 + index * 7).stage('Prod').passed().passed());
  await server.post(...MIXED, ...quiet);
  await wall.open('?kiosk&theme=dark&poll=300');
  await expect(wall.tiles).toHaveCount(150);
  await compare(page, 'kiosk-150');
});

test("a pipeline's page", async ({ page, server, wall }) => {
  await page.setViewportSize({ width: 854, height: 480 });
  await server.post(...MIXED);
  await wall.open(`?theme=dark&poll=300#p=${id('payments-api_card-capture')}`);
  await expect(page.getByRole('dialog').locator('[data-run]')).toHaveCount(6);
  await compare(page, 'page');
});

test('the settings', async ({ page, server, wall }) => {
  await page.setViewportSize({ width: 854, height: 580 });
  await server.post(...MIXED);
  await wall.open('?theme=light&poll=300');
  await page.getByRole('button', { name: 'Settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await expect(dialog).toBeVisible();
  // Each server has a port of its own.
  await dialog.locator('input[readonly], textarea').evaluateAll((fields) => {
    for (const field of fields as HTMLInputElement[]) field.value = field.value.replace(/127\.0\.0\.1:\d+/, 'wall.example.com');
  });
  await compare(page, 'settings');
});
