// A tile opens its pipeline's page, which lies over the wall.

import type { Locator, Page } from '@playwright/test';

import { ACCOUNT, id, run } from '../event.ts';
import { expect, FAILED_REQUEST, test } from '../test.ts';
import type { Wall } from '../wall.ts';

test.use({ expectedProblems: FAILED_REQUEST });

/** A pipeline's page, as a person sees it. */
class Opened {
  readonly dialog: Locator;
  readonly runs: Locator;
  readonly #wall: Wall;

  constructor(page: Page, wall: Wall) {
    this.dialog = page.getByRole('dialog');
    this.runs = this.dialog.locator('[data-run]');
    this.#wall = wall;
  }

  async byTile(name: string): Promise<void> {
    await this.#wall.open();
    // Anywhere on the tile.
    await this.#wall.tile(name).click({ position: { x: 8, y: 60 } });
    await expect(this.dialog).toBeVisible();
  }

  async byLink(name: string, more = ''): Promise<void> {
    await this.#wall.open(`?poll=1#p=${id(name)}${more}`);
    await expect(this.dialog).toBeVisible();
  }
}

test('a click on a tile opens it', async ({ page, server, wall, picture }) => {
  await server.post(run('shop').by('Ada', 'Cap retries').stage('Source').passed().stage('Prod').failed());
  const opened = new Opened(page, wall);
  await wall.open();
  await wall.tile('shop').click({ position: { x: 8, y: 60 } });
  await expect(page.getByRole('dialog', { name: 'shop' })).toBeVisible();
  await expect(opened.runs).toHaveCount(1);
  await expect(opened.dialog).toContainText('Cap retries');
  await expect(opened.dialog).toContainText('Ada · 9f3c1e0');
  await expect(opened.dialog).toContainText('Prod, Deploy failed');
  await expect(opened.dialog).toContainText(/failed after (19|20) s/);
  await expect(opened.dialog).toContainText(/started (9|10) min ago/);
  await picture('page');
});

test('it opens by its link, and the close button leads to the wall', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  const opened = new Opened(page, wall);
  await opened.byLink('shop');
  await expect(opened.runs).toHaveCount(1);
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(opened.dialog).toHaveCount(0);
  expect(new URL(page.url()).hash).toBe('');
  await expect(wall.tile('shop')).toBeVisible();
});

for (const way of ['back', 'Escape', 'the close button'] as const) {
  test(`${way} closes it and gives the focus back to the tile`, async ({ page, server, wall }) => {
    await server.post(run('shop').stage('Prod').failed());
    await wall.open();
    await wall.ready();
    const link = wall.tile('shop').getByRole('link');
    await link.focus();
    await page.keyboard.press('Enter');
    const opened = new Opened(page, wall);
    await expect(opened.runs).toHaveCount(1);
    await expect(opened.dialog).toBeFocused();

    if (way === 'back') await page.goBack();
    else if (way === 'Escape') await page.keyboard.press('Escape');
    else await page.getByRole('button', { name: 'Close' }).click();
    await expect(opened.dialog).toHaveCount(0);
    await expect(link).toBeFocused();
    await page.goForward();
    await expect(opened.dialog).toBeVisible();
  });
}

test('it lives while it is open', async ({ page, server, wall }) => {
  await server.post(run('shop', 700).stage('Prod').passed().passed());
  const opened = new Opened(page, wall);
  await opened.byTile('shop');
  await expect(opened.runs).toHaveCount(1);
  await server.post(run('shop', 60).stage('Source').passed().stage('Prod').waiting());
  await expect(opened.runs).toHaveCount(2);
  await expect(opened.dialog).toContainText('waits for approval in Prod');
  await expect(opened.dialog.getByRole('link', { name: 'Approve in the console' })).toBeVisible();
});

test('between two answers the ages go on', async ({ page, server, wall }) => {
  await server.post(run('shop', 65).stage('Prod').running());
  await wall.open(`?poll=300#p=${id('shop')}`);
  const said = page.getByRole('dialog').locator('.goes-on');
  await expect(said).toContainText('running for 1 min');
  const before = await said.innerText();
  await expect(said).not.toHaveText(before);
  await expect(said).toContainText('running for 1 min');
});

test('a new run takes neither the focus nor the place one has scrolled to', async ({ page, server, wall }) => {
  await page.setViewportSize({ width: 900, height: 400 });
  const old = [7000, 6000, 5000, 4000, 3000].map((ago) => run('shop', ago).by('Ada', `${ago} ago`).stage('Source').passed().stage('Prod').failed());
  await server.post(...old);
  const opened = new Opened(page, wall);
  await opened.byLink('shop');
  const line = opened.dialog.getByRole('button', { name: '7000 ago' });
  await line.focus();
  await expect(line).toBeInViewport();
  const stood = (await line.boundingBox())?.y ?? 0;
  await server.post(run('shop', 60).stage('Prod').running());
  await expect(opened.runs).toHaveCount(6);
  await expect(line).toBeFocused();
  await expect(line).toBeInViewport();
  // What stands above grew by a line.
  expect(Math.abs(((await line.boundingBox())?.y ?? 0) - stood)).toBeLessThan(60);
});

test('its states have the words and shapes of the wall', async ({ page, server, wall }) => {
  const states = {
    failed: run('failed').stage('Prod').failed(),
    waiting: run('waiting').stage('Prod').waiting(),
    running: run('running').stage('Prod').running(),
    stopped: run('stopped').stage('Prod').passed().stopped(),
    passed: run('passed').stage('Prod').passed().passed(),
  };
  await server.post(...Object.values(states));
  const opened = new Opened(page, wall);
  const drawn = (mark: Locator): Promise<(string | null)[]> =>
    mark.evaluate((svg) => [svg.getAttribute('aria-label'), svg.getAttribute('viewBox'), ...[...svg.querySelectorAll('path')].map((path) => path.getAttribute('d'))]);
  await wall.open('?sort=name&poll=1');
  await wall.ready();
  for (const state of Object.keys(states)) {
    await expect(wall.tile(state)).toHaveAttribute('data-status', state);
    await wall.tile(state).getByRole('link').click();
    await expect(page.getByRole('dialog', { name: state })).toBeVisible();
    await expect(opened.dialog.locator('.head')).toHaveAttribute('data-status', state);
    expect(await drawn(opened.dialog.locator('.head [data-mark]'))).toEqual(await drawn(wall.tile(state).locator('[data-mark]').first()));
    await page.keyboard.press('Escape');
    await expect(opened.dialog).toHaveCount(0);
  }
});

test('it leaves out authors and names accounts where the address says so', async ({ page, server, wall }) => {
  await server.post(run('shop').by('Ada Lovelace', 'Cap retries').stage('Prod').failed());
  const opened = new Opened(page, wall);
  await wall.open(`?poll=1&authors=off&accounts=${ACCOUNT}:production#p=${id('shop')}`);
  await expect(opened.dialog).toContainText('Cap retries');
  await expect(opened.dialog).not.toContainText('Ada');
  await expect(opened.dialog.getByRole('heading', { name: 'shop production eu-west-1' })).toBeVisible();
});

test('another run is told in full when it is chosen, and stays so when a new one comes', async ({ page, server, wall }) => {
  await server.post(run('shop', 900).by('Ada', 'the old one').stage('Build').passed().passed(), run('shop', 600).by('Bob', 'the new one').stage('Prod').failed());
  const opened = new Opened(page, wall);
  await opened.byTile('shop');
  const line = (message: string): Locator => opened.dialog.getByRole('button', { name: message });
  await expect(line('the new one')).toHaveAttribute('aria-expanded', 'true');
  await line('the old one').click();
  await expect(line('the old one')).toHaveAttribute('aria-expanded', 'true');
  await expect(line('the new one')).toHaveAttribute('aria-expanded', 'false');
  await server.post(run('shop', 60).stage('Prod').running());
  await expect(opened.runs).toHaveCount(3);
  await expect(line('the old one')).toHaveAttribute('aria-expanded', 'true');
  await line('the old one').click();
  await expect(opened.dialog.locator('[aria-expanded=true]')).toHaveCount(0);
});

test('a pipeline that is not there is told so', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  const opened = new Opened(page, wall);
  await opened.byLink('nobody');
  await expect(opened.dialog).toContainText('There is no such pipeline');
});

test('what is no document is told so, and nothing of it is shown', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  for (const body of ['<!doctype html><title>Sign in</title>', '{"name":"shop","status":"FAILED","runs":[{"id":5}]}', 'null']) {
    await page.route('**/data/pipelines/**', (route) => route.fulfill({ status: 200, body }));
    await wall.open(`?poll=1#p=${id('shop')}`);
    const opened = new Opened(page, wall);
    await expect(opened.dialog.getByRole('alert')).toHaveText(/can't be shown: the server's answer is not data/);
    await expect(opened.runs).toHaveCount(0);
    await page.goto('about:blank');
    await page.unroute('**/data/pipelines/**');
  }
});

test('when the server is in trouble it keeps what it has, says how old that is, and comes back', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  const opened = new Opened(page, wall);
  await opened.byTile('shop');
  await expect(opened.runs).toHaveCount(1);
  await page.route('**/data/pipelines/**', (route) => route.fulfill({ status: 502, body: '{"error":"bad gateway"}' }));
  await expect(opened.dialog.getByRole('alert')).toContainText(/is \d+ s old: the server reports an error \(502\)/, { timeout: 20_000 });
  await expect(opened.runs).toHaveCount(1);
  await page.unroute('**/data/pipelines/**');
  await expect(opened.dialog.getByRole('alert')).toBeHidden({ timeout: 20_000 });
});

test('the key stays in the address and goes to the data, and is in no link', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  await wall.lock(() => 'a/b', '**/data**');
  const opened = new Opened(page, wall);
  await opened.byLink('shop', '&key=a%2Fb');
  await expect(opened.runs).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(opened.dialog).toHaveCount(0);
  expect(new URL(page.url()).hash).toBe('#key=a%2Fb');

  let loads = 0;
  page.on('domcontentloaded', () => loads++);
  await expect(wall.tile('shop').getByRole('link')).toHaveAttribute('href', `#p=${id('shop')}`);
  await wall.tile('shop').getByRole('link').click();
  await expect(opened.runs).toHaveCount(1);
  expect(new URL(page.url()).hash).toBe(`#p=${id('shop')}&key=a%2Fb`);
  await page.goBack();
  await expect(opened.dialog).toHaveCount(0);
  expect(loads).toBe(0);
});

test('a click keeps the key in the address, and closing leads back', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  await wall.open('?poll=1#key=a%2Fb');
  await wall.tile('shop').getByRole('link').click();
  await expect.poll(() => new URL(page.url()).hash).toBe(`#p=${id('shop')}&key=a%2Fb`);
  const opened = new Opened(page, wall);
  await expect(opened.runs).toHaveCount(1);
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(opened.dialog).toHaveCount(0);
  expect(new URL(page.url()).hash).toBe('#key=a%2Fb');
  // It was a way back, not a step further.
  await page.goForward();
  await expect(opened.dialog).toBeVisible();
});

test('without a key it lets the wall ask for one, and opens then', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  await wall.lock(() => 'right', '**/data**');
  await wall.open(`?poll=1#p=${id('shop')}`);
  const field = page.getByLabel('Access key');
  const opened = new Opened(page, wall);
  await expect(opened.dialog).toHaveCount(0);
  await field.fill('right');
  await field.press('Enter');
  await expect(opened.runs).toHaveCount(1);
});

test('text from strangers stays text, and links are https alone and lead outside', async ({ page, server, wall }) => {
  const hostile = '<img src=x onerror=alert(1)>';
  await server.post(run('shop').by(hostile, hostile).stage('<b>Prod</b>').failed());
  await page.route('**/data/pipelines/**', async (route) => {
    const response = await route.fetch();
    const text = (await response.text()).replaceAll('"Deploy"', '"<script>x</script>"');
    await route.fulfill({ response, body: text });
  });
  const opened = new Opened(page, wall);
  await opened.byTile('shop');
  await expect(opened.dialog).toContainText(hostile);
  await expect(opened.dialog).toContainText('<b>Prod</b>');
  await expect(opened.dialog).toContainText('<script>x</script>');
  await expect(opened.dialog.locator('img, b, script')).toHaveCount(0);
  const links = await opened.dialog.locator('a').evaluateAll((all) =>
    all.map((link) => [new URL((link as HTMLAnchorElement).href).protocol, link.getAttribute('target'), link.getAttribute('rel')].join(' ')),
  );
  expect(links.length).toBeGreaterThan(1);
  expect(new Set(links)).toEqual(new Set(['https: _blank noopener noreferrer']));
});

test('a kiosk has no links', async ({ server, wall }) => {
  await server.post(run('shop').stage('Prod').failed());
  await wall.open('?kiosk');
  await expect(wall.tile('shop')).toBeVisible();
  await expect(wall.main.getByRole('link')).toHaveCount(0);
});

test('the page of one of two that share a name says which it is', async ({ page, server, wall }) => {
  const other = run('shop').stage('Prod').failed();
  for (const event of other.events) event.account = '210987654321';
  await server.post(run('shop').stage('Prod').passed().passed(), ...other.events, run('docs').stage('Prod').passed().passed());
  // Its tile has such a heading, too.
  const dialog = page.getByRole('dialog');
  await wall.open(`?poll=1#p=${id('shop')}`);
  await expect(dialog.getByRole('heading', { name: `shop ${ACCOUNT} eu-west-1` })).toBeVisible();
  await wall.open(`?poll=1#p=${id('docs')}`);
  await expect(dialog.getByRole('heading', { name: 'docs', exact: true })).toBeVisible();
});
