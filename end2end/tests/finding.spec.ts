// Which pipelines are on the wall, and in which order: by the address, by the box, by keys.

import { run } from '../event.ts';
import { expect, test } from '../test.ts';
import { Wall } from '../wall.ts';

test.describe('the filter', () => {
  test.beforeEach(async ({ server }) => {
    await server.post(
      run('payments-api').by('Ada Lovelace', 'Cap retries').stage('Prod').failed(),
      run('payments-web').stage('Prod').passed().passed(),
      run('shop').stage('Prod').running(),
    );
  });

  test('of the address leaves only what matches, also in the counts', async ({ page, wall }) => {
    await wall.open('?poll=1&filter=payments');
    await expect(wall.tiles).toHaveCount(2);
    await expect(wall.tile('shop')).toHaveCount(0);
    await expect(page.locator('header li')).toHaveText(['1failed', '1passed']);
    await expect(wall.filter).toHaveValue('payments');
  });

  test('of the box works while it is typed and stays in the address', async ({ page, wall }) => {
    await wall.open();
    await expect(wall.tiles).toHaveCount(3);
    await wall.ready();
    await wall.filter.fill('status:failed,running');
    await expect(wall.tiles).toHaveCount(2);
    expect(new URL(page.url()).searchParams.get('filter')).toBe('status:failed,running');
    expect(new URL(page.url()).searchParams.get('poll')).toBe('1');
    await wall.filter.fill('author:"Ada Lovelace"');
    await expect(wall.tiles).toHaveCount(1);
    await wall.filter.press('Escape');
    await expect(wall.tiles).toHaveCount(3);
    expect(new URL(page.url()).searchParams.has('filter')).toBe(false);
  });

  test('says at the box what it does not understand, and keeps to the rest', async ({ page, wall, picture }) => {
    await wall.open();
    await wall.filter.fill('payments colour:red');
    await expect(page.locator('#mistake')).toContainText('unknown field colour:');
    await expect(wall.filter).toHaveAttribute('aria-invalid', '');
    await expect(wall.tiles).toHaveCount(2);
    await picture('filter-mistake');
  });

  test('suggests what there is', async ({ page, wall }) => {
    await wall.open();
    await wall.ready();
    await wall.filter.focus();
    await wall.filter.fill('shop -author:');
    await expect(page.locator('#suggestions option[value=\'shop -author:"Ada Lovelace"\']')).toHaveCount(1);
    await wall.filter.fill('status:f');
    await expect(page.locator('#suggestions option')).toHaveCount(1);
  });

  test('that nothing matches says so', async ({ wall, picture }) => {
    await wall.open('?filter=nobody');
    await expect(wall.main).toContainText('Nothing matches the filter');
    await expect(wall.main).toContainText('The filter hides all 3 pipelines.');
    await picture('no-match');
  });

  test('is set by a click on a count, and unset by a second', async ({ page, wall }) => {
    await wall.open();
    await wall.ready();
    const failed = page.getByRole('button', { name: /failed/ });
    await failed.click();
    await expect(wall.filter).toHaveValue('status:failed');
    await expect(wall.tiles).toHaveCount(1);
    await failed.click();
    await expect(wall.tiles).toHaveCount(3);
  });

  test('stays while news come', async ({ server, wall }) => {
    await wall.open('?poll=1&filter=-shop');
    await expect(wall.tiles).toHaveCount(2);
    await server.post(run('shop-two').stage('Prod').failed(), run('billing').stage('Prod').failed());
    await expect(wall.tile('billing')).toBeVisible();
    await expect(wall.tiles).toHaveCount(3);
  });
});

test('what the address says wrongly is named, and the rest holds', async ({ page, server, wall }) => {
  await server.post(run('shop'));
  await wall.open('?poll=1&columns=99&wallpaper=cats&title=Team');
  await expect(wall.tile('shop')).toBeVisible();
  await expect(page.getByText('Ignored URL parameters: columns=99, wallpaper=cats')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Team');
});

test('sorted by name, a pipeline that fails keeps its place', async ({ server, wall, picture }) => {
  await server.post(...['a', 'b', 'c'].map((name) => run(name).stage('Prod').passed().passed()));
  await wall.open('?poll=1&sort=name');
  await expect(wall.tiles).toHaveCount(3);
  const before = await wall.tile('b').boundingBox();
  await server.post(run('b', 60).stage('Prod').failed());
  await expect(wall.tile('b')).toHaveAttribute('data-status', 'failed');
  expect(await wall.tile('b').boundingBox()).toEqual(before);
  expect(await wall.order()).toEqual(['a', 'b', 'c']);
  await picture('sort-name');
});

test('in groups, those that pass are one chip', async ({ page, server, wall, picture }) => {
  await server.post(
    run('shop-web').stage('Prod').failed(),
    run('shop-api').stage('Prod').passed().passed(),
    run('pay-api').stage('Prod').passed().passed(),
    run('pay-web').stage('Prod').passed().passed(),
  );
  await wall.open('?poll=1&group=prefix');
  await expect(wall.tile('shop-web')).toBeVisible();
  await expect(wall.tiles).toHaveCount(1);
  await expect(page.locator('[data-group=shop]')).toContainText('1 of 2 pass');
  await expect(page.locator('[data-group=pay]')).toContainText('2 pass');
  await picture('groups');
  await server.post(run('pay-api', 60).stage('Prod').failed());
  await expect(wall.tile('pay-api')).toBeVisible();
  await expect(page.locator('[data-group=pay]')).toContainText('1 of 2 pass');
});

test("a group's chip leads to its pipelines, and back leads to the groups", async ({ page, server, wall, picture }) => {
  const passed = ['pay-api', 'pay-web', 'payments', 'shop-api'].map((name) => run(name).stage('Prod').passed().passed());
  await server.post(...passed, run('shop-web').stage('Prod').failed());
  await wall.open('?poll=1&group=prefix#key=abc');
  await wall.ready();
  await expect(wall.tiles).toHaveCount(1);
  await page.getByRole('link', { name: 'pay', exact: true }).click();
  await expect(wall.tiles).toHaveCount(2);
  await expect(wall.tile('pay-api')).toBeVisible();
  await expect(wall.tile('pay-web')).toBeVisible();
  await expect(page.locator('[data-group]')).toHaveCount(0);
  await expect(wall.filter).toHaveValue('prefix:"pay"');
  const url = new URL(page.url());
  expect([url.searchParams.get('filter'), url.searchParams.get('group'), url.hash]).toEqual(['prefix:"pay"', 'prefix', '#key=abc']);
  await picture('group-opened');

  await page.goBack();
  await expect(page.locator('[data-group]')).toHaveCount(3);
  await expect(wall.filter).toHaveValue('');
  await page.goForward();
  await expect(wall.tiles).toHaveCount(2);
  await page.reload();
  await expect(wall.tiles).toHaveCount(2);
});

test("a group's chip leads to its pipelines, and its link in another tab", async ({ context, page, server, wall }) => {
  await server.post(...['pay-api', 'pay-web', 'shop-api', 'docs'].map((name) => run(name).stage('Prod').passed().passed()));
  await wall.open('?poll=1&group=prefix&filter=-docs#key=abc');
  const link = page.getByRole('link', { name: 'pay', exact: true });
  await expect(link).toHaveAttribute('href', '?poll=1&group=prefix&filter=-docs+prefix:%22pay%22');
  await link.click();
  await expect(wall.tiles).toHaveCount(2);
  await expect(wall.filter).toHaveValue('-docs prefix:"pay"');
  expect(new URL(page.url()).hash).toBe('#key=abc');
  await page.goBack();
  await expect(wall.filter).toHaveValue('-docs');

  await wall.ready();
  const other = context.waitForEvent('page');
  await link.click({ modifiers: ['ControlOrMeta'] });
  await expect(new Wall(await other, server.url).tiles).toHaveCount(2);
  await expect(wall.filter).toHaveValue('-docs');
});

test("a key opens the group of an account by the name that it has here, beside what was asked for", async ({ page, server, wall }) => {
  const other = run('web').stage('Prod').passed().passed();
  for (const event of other.events) event.account = '210987654321';
  await server.post(run('api').stage('Prod').passed().passed(), run('docs').stage('Prod').passed().passed(), other);
  await wall.open('?poll=1&group=account&accounts=123456789012:the%20shop&filter=-docs');
  await wall.ready();
  await page.getByRole('link', { name: 'the shop' }).focus();
  await page.keyboard.press('Enter');
  await expect(wall.filter).toHaveValue('-docs account:"the shop"');
  await expect(wall.tiles).toHaveCount(1);
  await expect(wall.tile('api')).toBeVisible();
});

test('a group that is alone is its pipelines', async ({ page, server, wall }) => {
  await server.post(run('shop-api').stage('Prod').passed().passed(), run('shop-web').stage('Prod').passed().passed());
  await wall.open('?poll=1&group=prefix');
  await expect(wall.tiles).toHaveCount(2);
  await expect(page.locator('[data-group]')).toHaveCount(0);
});

test('of two pipelines with one name each says where it is', async ({ page, server, wall }) => {
  const other = run('shop');
  for (const event of other.events) event.account = '210987654321';
  await server.post(run('shop'), other);
  await wall.open('?accounts=123456789012:production');
  await expect(wall.tiles).toHaveCount(2);
  await expect(wall.tile('shop')).toContainText('production eu-west-1');
  await expect(page.locator('[data-pipeline*=":210987654321:"]')).toContainText('210987654321 eu-west-1');
});

test('a chip without room for account and Region says what tells it from the others of its name', async ({ page, server, wall }) => {
  const passed = (name: string) => run(name).stage('Prod').passed().passed();
  const [one, other] = [passed('checkout-backend'), passed('checkout-backend')];
  for (const event of other.events) event.account = '210987654321';
  const others = Array.from({ length: 150 }, (_, index) => passed(`checkout-backend-${index}`));
  await server.post(one, other, ...others);
  await wall.open('?accounts=123456789012:production,210987654321:staging');
  await expect(wall.tiles).toHaveCount(152);
  const heading = (account: string) => page.locator(`[data-pipeline$=":${account}:checkout-backend"] h2`);
  await expect(heading('123456789012')).toHaveText(/production$/);
  await expect(heading('210987654321')).toHaveText(/staging$/);
});

test('authors can be left out', async ({ server, wall }) => {
  await server.post(run('shop').by('Ada Lovelace', 'Cap retries').stage('Prod').failed());
  await wall.open('?authors=off');
  await expect(wall.tile('shop')).toContainText('Cap retries');
  await expect(wall.tile('shop')).not.toContainText('Ada');
});

test('a failure that nobody will fix today has no fill', async ({ server, wall, picture }) => {
  await server.post(run('old', 3 * 86_400).stage('Prod').failed(), run('new', 300).stage('Prod').failed());
  await wall.open('?quiet=2d');
  await expect(wall.tile('old')).toHaveAttribute('data-old', '');
  await expect(wall.tile('new')).not.toHaveAttribute('data-old');
  const fill = async (name: string) => await wall.tile(name).evaluate((tile) => getComputedStyle(tile).backgroundColor);
  expect(await fill('new')).toBe('rgb(214, 43, 47)');
  expect(await fill('old')).not.toBe('rgb(214, 43, 47)');
  await picture('old-failure');
});

test('all green is a picture of its own', async ({ page, server, wall, picture }) => {
  await server.post(...['a', 'b', 'c'].map((name) => run(name).stage('Prod').passed().passed()));
  await wall.open('?poll=1');
  await expect(page.getByRole('heading', { name: 'All 3 pipelines pass' })).toBeVisible();
  await expect(wall.main.getByText(/^since \d\d:\d\d$/)).toBeVisible();
  await picture('all-green');
  await server.post(run('b', 60).stage('Prod').running());
  await expect(page.getByRole('heading', { name: 'All 3 pipelines pass' })).toHaveCount(0);
});

test('the tab tells the worst state', async ({ page, server, wall }) => {
  await server.post(run('a').stage('Prod').failed(), run('b').stage('Prod').passed().passed());
  await wall.open('?poll=1&title=Team');
  await expect(page).toHaveTitle('1 failed · Team');
  const icon = page.locator('#icon');
  await expect(icon).toHaveAttribute('href', /^data:image\/svg\+xml,.*d62b2f.*>1</);
  await server.post(run('a', 60).stage('Prod').passed().passed());
  await expect(page).toHaveTitle('2 passed · Team');
  await expect(icon).toHaveAttribute('href', /2f7d57/);
});

test('a change of state is announced, an age is not', async ({ page, server, wall }) => {
  await server.post(run('shop').stage('Prod').passed().passed());
  await wall.open('?poll=1');
  await wall.ready();
  const news = page.locator('[aria-live]');
  await expect(news).toBeEmpty();
  await server.post(run('shop', 60).stage('Prod').failed());
  await expect(news).toHaveText('shop failed');
});

test('keys reach the filter and every tile', async ({ page, server, wall }) => {
  await server.post(...['a', 'b', 'c', 'd'].map((name) => run(name).stage('Prod').failed()));
  await wall.open();
  await expect(wall.tiles).toHaveCount(4);
  await wall.ready();
  await page.keyboard.press('/');
  await expect(wall.filter).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(wall.filter).not.toBeFocused();
  const focused = async () =>
    await page.evaluate(() => document.activeElement?.closest('article')?.getAttribute('data-pipeline')?.split(':').at(-1));
  const order = await wall.order();
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe(order[0]);
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe(order[1]);
  await page.keyboard.press('ArrowLeft');
  expect(await focused()).toBe(order[0]);
  await page.keyboard.press('ArrowLeft');
  expect(await focused()).toBe(order[0]);
});

test('who goes through the tiles by keys keeps the place when a tile moves', async ({ server, wall }) => {
  await server.post(...['a', 'b', 'c', 'd'].map((name) => run(name).stage('Prod').passed().passed()));
  await wall.open();
  await wall.ready();
  await wall.tile('c').getByRole('link').focus();
  await server.post(run('c', 60).stage('Prod').failed());
  await expect.poll(() => wall.order()).toEqual(['c', 'a', 'b', 'd']);
  await expect(wall.tile('c').getByRole('link')).toBeFocused();
});

test('a page of the shelf stays while somebody goes through it by keys', async ({ page, server, wall }) => {
  await server.post(run('quiet').stage('Prod').passed().passed());
  await page.route('**/data', async (route) => {
    const response = await route.fetch();
    const [row] = (await response.json()) as { id: string; name: string }[];
    const rows = Array.from({ length: 900 }, (_, index) => ({ ...row, id: `${row?.id}-${index}`, name: `quiet-${index}` }));
    await route.fulfill({ response, json: rows });
  });
  await page.clock.install();
  await wall.open();
  await wall.ready();
  const shown = wall.tiles.and(page.locator(':not([hidden])')).first();
  await page.keyboard.press('ArrowRight');
  const before = await shown.getAttribute('data-pipeline');
  expect(await wall.tiles.and(page.locator('[hidden]')).count()).toBeGreaterThan(0);
  await page.clock.runFor(25_000);
  expect(await shown.getAttribute('data-pipeline')).toBe(before);
  await expect(shown.getByRole('link')).toBeFocused();
  await page.mouse.click(2, 2);
  await expect
    .poll(async () => {
      await page.clock.runFor(2_000);
      return await shown.getAttribute('data-pipeline');
    })
    .not.toBe(before);
});
