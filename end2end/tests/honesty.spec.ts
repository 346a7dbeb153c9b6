// The wall says how old it is, never shows nothing for a failed request, and comes back by itself.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { id, run } from '../event.ts';
import { Server } from '../server.ts';
import { expect, FAILED_REQUEST, test } from '../test.ts';
import { Wall } from '../wall.ts';

test.use({ expectedProblems: FAILED_REQUEST });

test('a fresh wall is live', async ({ server, wall }) => {
  await server.post(run('shop'));
  await wall.open();
  await expect(wall.live).toHaveAttribute('data-live', 'live');
  await expect(wall.live).toContainText(/live/i);
});

test.describe('with a server that comes back', () => {
  test.setTimeout(120_000);

  test('the last wall stays, says that it is old, and is live again', async ({ page, picture }) => {
    const folder = mkdtempSync(join(tmpdir(), 'pipelines-dashboard-'));
    const server = new Server('--data', join(folder, 'events.db'));
    try {
      await server.start();
      await server.post(run('shop').stage('Prod').failed());
      const wall = new Wall(page, server.url);
      await wall.open();
      await expect(wall.live).toHaveAttribute('data-live', 'live');

      await server.kill();
      await expect(wall.live).toHaveAttribute('data-live', 'late', { timeout: 20_000 });
      await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
      await picture('late');
      await expect(wall.live).toHaveAttribute('data-live', 'stale', { timeout: 60_000 });
      await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
      await picture('stale');

      await server.start();
      await server.post(run('billing'));
      await expect(wall.live).toHaveAttribute('data-live', 'live', { timeout: 60_000 });
      await expect(wall.tile('billing')).toBeVisible();
      await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
    } finally {
      await server.kill();
      rmSync(folder, { recursive: true });
    }
  });
});

test('a page that comes instead of data tells no time', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  await wall.open();
  await expect(wall.live).toHaveAttribute('data-live', 'live');
  let asked = 0;
  const later = new Date(Date.now() + 2 * 86_400_000).toUTCString();
  await page.route('**/data', async (route) => {
    await (asked++ === 0 ? route.fulfill({ contentType: 'text/html', headers: { date: later }, body: '<!doctype html><title>Sign in</title>' }) : route.continue());
  });
  await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(2);
  await expect(wall.live).toHaveAttribute('data-live', 'live');
  await expect(page.getByRole('alert')).toHaveCount(0);
});

for (const [what, answer] of Object.entries({
  'a login page instead of data': { status: 200, contentType: 'text/html', body: '<!doctype html><title>Sign in</title><form></form>' },
  'half an answer': { status: 200, contentType: 'application/json', body: '[{"id":"codepipeline:eu-west-1:1234' },
  'an error of the API': { status: 502, contentType: 'application/json', body: '{"error":"bad gateway"}' },
  'an object instead of rows': { status: 200, contentType: 'application/json', body: '{"message":"Forbidden"}' },
})) {
  test(`${what} leaves the last wall and is not taken for live`, async ({ page, server, wall }) => {
    await server.post(run('shop').stage('Prod').failed());
    await wall.open();
    await expect(wall.live).toHaveAttribute('data-live', 'live');
    await page.route('**/data', (route) => route.fulfill(answer));
    await expect(wall.live).toHaveAttribute('data-live', 'late', { timeout: 20_000 });
    await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
    await page.unroute('**/data');
    await expect(wall.live).toHaveAttribute('data-live', 'live', { timeout: 20_000 });
  });

  test(`${what} at the start shows no empty wall`, async ({ page, server, wall }) => {
    await page.route('**/data', (route) => route.fulfill(answer));
    await server.post(run('shop'));
    await wall.open();
    await expect(wall.main).toContainText(/no data|cannot|can't|not answer|no answer|trouble/i);
    await page.unroute('**/data');
    await expect(wall.tile('shop')).toBeVisible({ timeout: 20_000 });
  });
}

test('a wall without a key asks for one, and says when it is wrong', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  await wall.lock(() => 'right/key');
  await wall.open();
  await expect(wall.main).toContainText('access key is missing or wrong');
  await expect(wall.main.getByText('Access key', { exact: true })).toBeVisible();
  const field = page.getByLabel('Access key');
  await field.fill('wrong');
  await page.getByRole('button', { name: 'Open the wall' }).click();
  await page.waitForURL('**/*#key=wrong');
  await expect(wall.main).toContainText('access key is missing or wrong');
  await field.fill('right/key');
  await field.press('Enter');
  await expect(wall.tile('shop')).toBeVisible();
  await expect(field).toHaveCount(0);
});

test('Esc leads from a shared link to the wall, and the key stays', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  await wall.lock(() => 'right', '**/data*');
  await wall.lock(() => 'right', '**/data/**');
  await wall.open(`?poll=1#p=${id('shop')}`);
  await page.getByLabel('Access key').fill('right');
  await page.getByRole('button', { name: 'Open the wall' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(wall.tile('shop')).toBeVisible();
  await expect(page.getByLabel('Access key')).toHaveCount(0);
  expect(new URL(page.url()).hash).toBe('#key=right');
});

test('a wall that is known from before asks for the key that has changed since', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  let right = 'old';
  await wall.lock(() => right);
  await wall.open('?poll=1#key=old');
  await expect(wall.live).toHaveAttribute('data-live', 'live');
  await expect(wall.tile('shop')).toBeVisible();
  const field = page.getByLabel('Access key');
  await expect(field).toHaveCount(0);
  right = 'new';
  await page.reload();
  await expect(page.getByRole('alert')).toContainText('the last known wall: the access key is missing or wrong');
  await field.fill('new');
  await field.press('Enter');
  await expect(wall.live).toHaveAttribute('data-live', 'live');
  await expect(wall.tile('shop')).toBeVisible();
  await expect(field).toHaveCount(0);
});

test('a key that somebody takes out of the address stays out of it', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  await wall.lock(() => 'right');
  for (const hash of ['', '#p=shop']) {
    await wall.open('?poll=1#key=right');
    await expect(wall.tile('shop')).toBeVisible();
    await page.evaluate((hash) => {
      location.hash = hash;
    }, hash);
    await expect(page.getByLabel('Access key')).toBeVisible();
    expect(new URL(page.url()).hash).toBe(hash);
  }
});

test('the banner never covers a tile, not even for one frame', async ({ page, server, wall }) => {
  // As many as fill the window to its lower edge.
  await server.post(...Array.from({ length: 24 }, (_, index) => run(`quiet-${index}`).stage('Prod').passed().passed()), run('shop').stage('Prod').failed());
  await wall.open('?poll=1');
  await expect(wall.tile('shop')).toBeVisible();
  await page.locator('html[data-drawn]').waitFor();
  // Told when the frame's layout stands and it is about to be painted; the wall's own observer came first.
  await page.evaluate(() => {
    const seen: { height: number; covered: string[] }[] = [];
    Object.assign(window, { seen });
    const banner = document.getElementById('banner') as HTMLElement;
    new ResizeObserver(() => {
      const { top, height } = banner.getBoundingClientRect();
      const covered = [...document.querySelectorAll('[data-pipeline]:not([hidden])')].filter((tile) => height > 0 && tile.getBoundingClientRect().bottom > top + 0.5);
      seen.push({ height, covered: covered.map((tile) => tile.getAttribute('data-pipeline') ?? '') });
    }).observe(banner);
  });
  const seen = async (): Promise<{ height: number; covered: string[] }[]> => await page.evaluate(() => (window as unknown as { seen: [] }).seen);
  await page.route('**/data', (route) => route.fulfill({ status: 502, body: '{"error":"bad gateway"}' }));
  await expect.poll(async () => (await seen()).at(-1)?.height, { timeout: 20_000 }).toBeGreaterThan(0);
  // In a narrow window its words take more lines.
  await page.setViewportSize({ width: 640, height: 700 });
  await expect.poll(async () => (await seen()).length).toBeGreaterThan(2);
  await page.unroute('**/data');
  await expect.poll(async () => (await seen()).at(-1)?.height, { timeout: 20_000 }).toBe(0);
  expect((await seen()).flatMap(({ covered }) => covered)).toEqual([]);
});

test('one bad row among good ones does not hide the good ones', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed(), run('billing'));
  await page.route('**/data', async (route) => {
    const response = await route.fetch();
    const rows = (await response.json()) as unknown[];
    await route.fulfill({ response, json: [rows[0], { id: 5, name: null }, 'no row', null, ...rows.slice(1)] });
  });
  await wall.open();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
  await expect(wall.tile('billing')).toBeVisible();
  await server.post(run('billing', 60).stage('Prod').failed());
  await expect(wall.tile('billing')).toHaveAttribute('data-status', 'failed');
});

test('an answer of which the second page fails shows the first and is not taken for live', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  await page.route('**/data', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), link: '<?start=more>; rel="next"' } });
  });
  await page.route('**/data?start=more', (route) => route.fulfill({ status: 502, contentType: 'application/json', body: '{}' }));
  await wall.open();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
  await expect(wall.live).toHaveAttribute('data-live', 'stale');
  await page.unroute('**/data?start=more');
  await page.route('**/data?start=more', (route) => route.fulfill({ contentType: 'application/json', body: '[]' }));
  await expect(wall.live).toHaveAttribute('data-live', 'live', { timeout: 20_000 });
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
});

test('a slow answer is waited for, never asked for twice', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  await wall.open();
  await expect(wall.tile('shop')).toBeVisible();
  let open = 0;
  let most = 0;
  let answered = 0;
  await page.route('**/data', async (route) => {
    most = Math.max(most, ++open);
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    open--;
    answered++;
    await route.fulfill({ response });
  });
  await expect.poll(() => answered, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
  expect(most).toBe(1);
});
