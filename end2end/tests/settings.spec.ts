// The settings make the address of a wall: for this window, for a television, for a frame in another page.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Locator, Page } from '@playwright/test';

import { run } from '../event.ts';
import { OldChromium } from '../old-chromium.ts';
import { expect, pictures, test } from '../test.ts';
import type { Wall } from '../wall.ts';

/** The dialog, as a person sees it. */
class Settings {
  readonly dialog: Locator;
  readonly button: Locator;
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('dialog', { name: 'Settings' });
    this.button = page.getByRole('button', { name: 'Settings' });
  }

  async open(wall: Wall, query: string): Promise<void> {
    await wall.open(query);
    await this.button.click();
    await expect(this.dialog).toBeVisible();
  }

  field(label: string): Locator {
    return this.dialog.getByLabel(label, { exact: true });
  }

  async apply(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Apply to this window' }).click();
  }

  /** What a row of the links offers. */
  async link(label: string): Promise<string> {
    return await this.field(label).inputValue();
  }
}

const THIS_WALL = 'Link to this wall';
const TELEVISION = 'Link for a television';
const FRAME = 'Frame for another page';

test.beforeEach(async ({ server }) => {
  await server.post(
    run('shop-web').by('Ada', 'Cap retries').stage('Prod').failed(),
    run('shop-api').stage('Prod').passed().passed(),
    run('pay-api').stage('Prod').passed().passed(),
    run('pay-web').stage('Prod').running(),
  );
});

test('their button is to the right of the clock', async ({ page, wall }) => {
  await wall.open();
  const { button } = new Settings(page);
  const box = (await button.boundingBox()) ?? { x: NaN, width: NaN };
  const clock = (await page.locator('header time').boundingBox()) ?? { x: NaN, width: NaN };
  expect(box.x).toBeGreaterThanOrEqual(clock.x + clock.width);
  expect(box.x + box.width).toBeLessThanOrEqual(1920);
});

test('a key opens them, Escape closes them and gives the focus back', async ({ page, wall }) => {
  const settings = new Settings(page);
  await wall.open();
  await wall.ready();
  await wall.tile('shop-web').getByRole('link').focus();
  for (let times = 0; times < 2; times++) {
    await page.keyboard.press('?');
    await expect(settings.dialog).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(settings.dialog).toHaveCount(0);
    await expect(wall.tile('shop-web').getByRole('link')).toBeFocused();
  }
  await settings.button.click();
  await settings.dialog.getByRole('button', { name: 'Close' }).click();
  await expect(settings.button).toBeFocused();
});

test('they tell the keys', async ({ page, wall }) => {
  const settings = new Settings(page);
  await settings.open(wall, '');
  await expect(settings.dialog.getByRole('listitem')).toHaveText([/^\/to the filter/, /^← ↑ → ↓/, /^Enter/, /^Esc/, /^ffull screen/, /^\?these/]);
});

test('they begin with what the address says, and write nothing that is usual', async ({ page, server, wall }) => {
  const settings = new Settings(page);
  const said =
    '?title=Payments+team%21&theme=light&filter=pay+-%22shop%22&sort=name&group=prefix&columns=3&authors=off&accounts=123456789012%3Aprod&quiet=30d&poll=10&margin=4';
  await settings.open(wall, said);
  const values = {
    Title: 'Payments team!',
    Colors: 'light',
    Filter: 'pay -"shop"',
    Order: 'name',
    Groups: 'prefix',
    'Maximum columns': '3',
    Authors: 'off',
    'Account names': '123456789012:prod',
    'Age of an old failure': '30',
    'Polling interval': '10',
    'Hidden edge': '4',
  };
  for (const [label, value] of Object.entries(values)) await expect(settings.field(label)).toHaveValue(value);
  const order = (query: string): string => [...new URLSearchParams(query)].map(String).sort().join(' ');
  expect(order(new URL(await settings.link(THIS_WALL)).search)).toBe(order(said));
  expect(order(new URL(await settings.link(TELEVISION)).search)).toBe(order(`${said}&kiosk`));

  await page.keyboard.press('Escape');
  await settings.open(wall, '?title=Pipelines&theme=auto&sort=severity&authors=on&quiet=7d&poll=5&margin=0');
  expect(await settings.link(THIS_WALL)).toBe(server.url);
  expect(await settings.link(TELEVISION)).toBe(`${server.url}?kiosk`);
});

test('what is applied changes this wall, and back brings the former one', async ({ page, wall, picture }) => {
  const settings = new Settings(page);
  await settings.open(wall, '?poll=1#key=a%2Fb');
  await picture('settings');
  await settings.field('Title').fill('Team & friends');
  await settings.field('Colors').selectOption('light');
  await settings.field('Order').selectOption({ label: 'by name, at fixed positions' });
  await settings.field('Authors').selectOption('off');
  await settings.apply();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Team & friends');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await expect(wall.tile('shop-web')).not.toContainText('Ada');
  expect(await wall.order()).toEqual(['pay-api', 'pay-web', 'shop-api', 'shop-web']);
  const url = new URL(page.url());
  expect([url.search, url.hash]).toEqual(['?title=Team+%26+friends&theme=light&sort=name&authors=off&poll=1', '#key=a%2Fb']);

  await page.goBack();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Pipelines');
  expect(page.url()).toMatch(/\?poll=1#key=a%2Fb$/);
});

test('nothing changed is nothing applied', async ({ page, wall }) => {
  const settings = new Settings(page);
  await settings.open(wall, '?poll=1');
  let loads = 0;
  page.on('domcontentloaded', () => loads++);
  await settings.apply();
  await expect(settings.dialog).toHaveCount(0);
  expect(loads).toBe(0);
});

test('a filter is tried on the wall while it is typed, its mistakes are the wall’s, and leaving undoes it', async ({ page, wall }) => {
  const settings = new Settings(page);
  await settings.open(wall, '?poll=1&filter=pay');
  await expect(wall.tiles).toHaveCount(2);
  const field = settings.field('Filter');
  await field.fill('shop colour:red');
  await expect(wall.tile('shop-web')).toBeVisible();
  await expect(settings.dialog.getByText('unknown field colour: use')).toBeVisible();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await field.fill('shop status:failed');
  await expect(wall.tiles).toHaveCount(1);
  await expect(field).not.toHaveAttribute('aria-invalid');
  expect(new URL(page.url()).search).toBe('?poll=1&filter=pay');

  await page.keyboard.press('Escape');
  await expect(wall.tile('pay-api')).toBeVisible();
  await expect(wall.tiles).toHaveCount(2);
  await expect(wall.filter).toHaveValue('pay');
  expect(new URL(page.url()).search).toBe('?poll=1&filter=pay');
});

test('what can not be understood is told at its field, and neither applied nor copied', async ({ page, wall, picture }) => {
  const settings = new Settings(page);
  await settings.open(wall, '?poll=1&columns=99&wallpaper=cats');
  await expect(settings.dialog.getByText('Ignored URL parameters: columns=99, wallpaper=cats')).toBeVisible();
  await expect(settings.field('Maximum columns')).toHaveValue('99');
  const columns = settings.dialog.getByText('a whole number from 1 to 12');
  await expect(columns).toBeVisible();
  await settings.field('Account names').fill('123456789012');
  await expect(settings.dialog.getByText('number:name, with commas')).toBeVisible();
  await picture('settings-mistakes');
  await settings.apply();
  await expect(settings.field('Maximum columns')).toBeFocused();
  await settings.field('Maximum columns').fill('2');
  await expect(columns).toHaveCount(0);
  await settings.dialog.getByRole('button', { name: `Copy: ${THIS_WALL}` }).click();
  await expect(settings.field('Account names')).toBeFocused();
  await settings.field('Account names').fill(' 123456789012:prod , 210987654321:play:ground, ');
  await settings.apply();
  await expect(settings.dialog).toHaveCount(0);
  await expect.poll(() => new URL(page.url()).search).toBe('?columns=2&accounts=123456789012:prod,210987654321:play:ground&poll=1');
  await expect(wall.tile('shop-web')).toBeVisible();
  await expect(page.getByText('Ignored URL parameters')).toHaveCount(0);
});

test.describe('what is copied', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

  test('carries the key only when somebody chooses so', async ({ page, server, wall }) => {
    const settings = new Settings(page);
    await settings.open(wall, '?theme=dark#key=a%2Fb');
    const copy = async (label: string): Promise<string> => {
      await settings.dialog.getByRole('button', { name: `Copy: ${label}` }).click();
      return await page.evaluate(() => navigator.clipboard.readText());
    };
    const status = settings.dialog.getByRole('status');
    expect(await copy(THIS_WALL)).toBe(`${server.url}?theme=dark`);
    await expect(status).toHaveText('Link to this wall copied, without the access key.');
    expect(await copy(TELEVISION)).toBe(`${server.url}?kiosk&theme=dark`);
    expect(await copy(FRAME)).not.toContain('key');

    await settings.dialog.getByRole('checkbox', { name: /anybody who sees the link/ }).check();
    expect(await copy(TELEVISION)).toBe(`${server.url}?kiosk&theme=dark#key=a%2Fb`);
    await expect(status).toHaveText('Link for a television copied, with the access key.');
    expect(await copy(FRAME)).toContain(`src="${server.url}?embed&amp;theme=dark#key=a%2Fb"`);
  });
});

test('a wall without a key asks nothing about one', async ({ page, wall }) => {
  const settings = new Settings(page);
  await settings.open(wall, '');
  await expect(settings.dialog.getByRole('checkbox')).toHaveCount(1);
  await expect(settings.dialog).not.toContainText('access key');
});

test('a frame with a hostile title is still one frame, and shows the wall', async ({ page, server, wall }) => {
  const settings = new Settings(page);
  await settings.open(wall, '');
  const title = '"><script>x</script>&quot;';
  await settings.field('Title').fill(title);
  await settings.dialog.getByLabel('Transparent background of the frame').check();
  const snippet = await settings.link(FRAME);
  // A page of another origin: another port is one.
  const portal = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end(`<!doctype html><title>Portal</title><link rel="icon" href="data:,">${snippet}`);
  });
  await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve));
  await page.goto(`http://127.0.0.1:${(portal.address() as AddressInfo).port}/`);
  await expect(page.locator('iframe')).toHaveCount(1);
  await expect(page.locator('script')).toHaveCount(0);
  await expect(page.locator('iframe')).toHaveAttribute('title', title);
  const source = new URL((await page.locator('iframe').getAttribute('src')) ?? '');
  expect(source.origin + source.pathname).toBe(server.url);
  expect(Object.fromEntries(source.searchParams)).toEqual({ embed: 'transparent', title });
  await expect(page.frameLocator('iframe').getByRole('heading', { level: 1 })).toHaveText(title);
  portal.close();
  portal.closeAllConnections();
});

for (const [display, query] of [
  ['a television', '?kiosk&poll=1'],
  ['a frame', '?embed&poll=1'],
] as const) {
  test(`${display} has none`, async ({ page, wall }) => {
    await wall.open(query);
    await wall.ready();
    await page.keyboard.press('?');
    await expect(wall.tile('shop-web')).toBeVisible();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Settings' })).toHaveCount(0);
    await expect(page.locator('script[src*=settings], link[href*=settings]')).toHaveCount(0);
  });
}

for (const [name, viewport, colorScheme] of [
  ['on a telephone', { width: 390, height: 844 }, 'light'],
  ['at 320 pixels', { width: 320, height: 568 }, 'dark'],
  ['on a large screen', { width: 3840, height: 2160 }, 'light'],
] as const) {
  test.describe(name, () => {
    test.use({ viewport, colorScheme });

    test('everything in them is reached and nothing is cut off', async ({ page, wall, picture }) => {
      const settings = new Settings(page);
      await settings.open(wall, '?poll=1#key=abc');
      await picture(`settings-${viewport.width}`);
      const box = (await settings.dialog.boundingBox()) ?? { x: NaN, y: NaN, width: NaN, height: NaN };
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(viewport.width);
      expect(box.y + box.height).toBeLessThanOrEqual(viewport.height);
      expect(await settings.dialog.evaluate((dialog) => dialog.scrollWidth <= dialog.clientWidth)).toBe(true);
      // The parts that stay while the rest scrolls hide none of what has the focus.
      const controls = settings.dialog.locator('input, select, button');
      for (const control of await controls.all()) {
        await control.focus();
        const isSeen = await control.evaluate((element) => {
          const { left, top, width, height } = element.getBoundingClientRect();
          const there = document.elementFromPoint(left + width / 2, top + height / 2);
          return there !== null && element.contains(there) && height >= 20;
        });
        expect(isSeen, `${await control.evaluate((element) => element.outerHTML)} is hidden`).toBe(true);
      }
      await picture(`settings-${viewport.width}-end`);
    });
  });
}

test('they work on Chromium 83', async ({ server }) => {
  const old = await OldChromium.start();
  try {
    const { page, problems } = await old.page();
    // Playwright's own ways to find elements need a browser of today; plain scripts work in every one.
    const read = (script: string): Promise<unknown> => page.evaluate(script);
    await page.goto(`${server.url}?poll=1&group=prefix`);
    await expect.poll(() => read("!!document.getElementById('gear')"), { timeout: 20_000 }).toBe(true);
    await read("document.getElementById('gear').click()");
    await expect.poll(() => read("!!document.querySelector('#settings[open]')")).toBe(true);
    await expect.poll(() => read("document.getElementById('link-1').value")).toBe(`${server.url}?kiosk&group=prefix&poll=1`);
    await page.screenshot({ path: `${pictures}/chromium-83-settings.png` });
    expect(await read("document.getElementById('settings').scrollWidth <= document.getElementById('settings').clientWidth")).toBe(true);
    const applied = page.waitForURL('**/?title=Team&group=prefix&poll=1');
    // What it evaluates must end before the page does.
    await read("var title = document.getElementById('set-title'); title.value = 'Team'; title.dispatchEvent(new Event('input', { bubbles: true })); requestAnimationFrame(() => document.querySelector('#settings .bottom button').click()); 0");
    await applied;
    await expect.poll(() => read("(document.querySelector('h1') || {}).textContent"), { timeout: 20_000 }).toBe('Team');
    expect(problems).toEqual([]);
  } finally {
    await old.stop();
  }
});
