// What a tile says of its pipeline, and in which order the tiles stand.

import { run, type Run } from '../event.ts';
import { expect, test } from '../test.ts';
import type { Status } from '../wall.ts';

const CASES: { status: Status; events: (name: string) => Run; words: RegExp }[] = [
  { status: 'failed', events: (name) => run(name).stage('Source').passed().stage('Prod').failed(), words: /stage Prod, action Deploy failed/i },
  { status: 'waiting', events: (name) => run(name).stage('Source').passed().stage('Prod').waiting(), words: /waits for approval in Prod/i },
  { status: 'running', events: (name) => run(name).stage('Source').passed().stage('Prod').running(), words: /Prod/ },
  { status: 'passed', events: (name) => run(name).stage('Source').passed().stage('Prod').passed().passed(), words: /passed/i },
  { status: 'stopped', events: (name) => run(name).stage('Source').passed().stopped(), words: /stopped/i },
];

for (const { status, events, words } of CASES) {
  test(`a ${status} pipeline says so by attribute, words and shape`, async ({ server, wall, picture }) => {
    await server.post(events('shop'));
    await wall.open();
    const tile = wall.tile('shop');
    await expect(tile).toHaveAttribute('data-status', status);
    await expect(tile).toContainText('shop');
    await expect(tile).toContainText(words);
    await expect(tile.locator('svg').first()).toBeVisible();
    await picture(`state-${status}`);
  });
}

test('every state has a shape of its own', async ({ server, wall, picture }) => {
  await server.post(...CASES.map(({ status, events }) => events(status)));
  await wall.open();
  await expect(wall.tiles).toHaveCount(CASES.length);
  const shapes = await Promise.all(
    CASES.map(({ status }) =>
      wall
        .tile(status)
        .locator('svg')
        .first()
        .evaluate((svg) => svg.innerHTML),
    ),
  );
  expect(new Set(shapes).size).toBe(CASES.length);
  await picture('states');
});

test('failed comes first, then waiting, running, stopped and passed by name', async ({ server, wall }) => {
  await server.post(run('b-passed').stage('Prod').passed().passed(), run('a-passed').stage('Prod').passed().passed());
  await server.post(...[...CASES].reverse().map(({ status, events }) => events(`${status}-one`)));
  await wall.open();
  await expect(wall.tiles).toHaveCount(7);
  expect(await wall.order()).toEqual(['failed-one', 'waiting-one', 'running-one', 'stopped-one', 'a-passed', 'b-passed', 'passed-one']);
});

test('a stopped run after a failure hides nothing', async ({ server, wall }) => {
  await server.post(run('shop', 900).stage('Prod').failed(), run('shop', 100).stage('Source').passed().stopped());
  await wall.open();
  const tile = wall.tile('shop');
  await expect(tile).toHaveAttribute('data-status', 'failed');
  await expect(tile).toContainText('stage Prod, action Deploy failed');
  await expect(tile).toContainText('failing for 14 min');
  await server.post(run('shop', 50).stage('Prod').passed().passed());
  await expect(tile).toHaveAttribute('data-status', 'passed');
  await expect(tile).not.toHaveAttribute('data-again');
});

for (const [count, width, height] of [
  [1, 1920, 1080],
  [2, 1920, 1080],
  [3, 1920, 1080],
  [2, 1440, 900],
  [3, 1280, 720],
  [2, 900, 480],
] as const) {
  test(`${count} failed at ${width}×${height} say where, whose and since when without a cut`, async ({ page, server, wall }) => {
    await page.setViewportSize({ width, height });
    const fail = (name: string): Run => run(name, 86_400 - 120).by('Christopher Alexander', 'Say units').stage('Source').passed().stage('Production').failed();
    await server.post(...Array.from({ length: 20 }, (_, index) => run(`quiet-${index}`).stage('Prod').passed().passed()), ...['a', 'b', 'c'].slice(0, count).map((name) => fail(`payments-${name}`)));
    await wall.open();
    await page.locator('html[data-drawn]').waitFor();
    const cut = await wall.tiles.and(page.locator('[data-status=failed]')).evaluateAll((tiles) =>
      tiles.flatMap((tile) => {
        const { right } = tile.getBoundingClientRect();
        return [...tile.querySelectorAll('h2, .what, .who, .since')].filter(
          (words) => words.scrollWidth > words.clientWidth || words.scrollHeight > words.clientHeight + 4 || words.getBoundingClientRect().right > right - 8,
        ).map(({ textContent }) => textContent);
      }),
    );
    expect(cut).toEqual([]);
    await expect(wall.tile('payments-a').locator('.since')).toHaveText(/^failing for 23 h 5\d min$/);
  });
}

test('a pipeline that fails moves to the front', async ({ server, wall }) => {
  await server.post(...['a', 'b', 'c'].map((name) => run(name).stage('Prod').passed().passed()));
  await wall.open();
  await expect.poll(() => wall.order()).toEqual(['a', 'b', 'c']);
  await server.post(run('c', 60).stage('Prod').failed());
  await expect.poll(() => wall.order()).toEqual(['c', 'a', 'b']);
});

test('what is queued is told from what runs by its shape, and stands still', async ({ page, server, wall, picture }) => {
  await server.post(run('queued'), run('runs'));
  await page.route('**/data', async (route) => {
    const response = await route.fetch();
    const rows = (await response.json()) as { name: string; run: object }[];
    await route.fulfill({ response, json: rows.map((row) => (row.name === 'queued' ? { ...row, run: { ...row.run, phase: 'queued' } } : row)) });
  });
  await wall.open();
  await expect(wall.tile('queued')).toContainText('queued for 10 min');
  const looks = async (name: string) =>
    await wall.tile(name).evaluate((tile) => {
      const mark = tile.querySelector('[data-mark]') ?? tile;
      return [getComputedStyle(tile, '::after').borderTopStyle, getComputedStyle(mark).strokeDasharray === 'none' ? 'whole' : 'gaps', mark.getAnimations().length];
    });
  expect(await looks('queued')).toEqual(['dashed', 'gaps', 0]);
  expect(await looks('runs')).toEqual(['solid', 'whole', 1]);
  await picture('state-queued');
});

test('the names of chips are in line, whatever their pipelines are at', async ({ page, server, wall, picture }) => {
  await page.setViewportSize({ width: 640, height: 500 });
  // What turns takes more room.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await server.post(...CASES.map(({ status, events }) => events(status)));
  await server.post(run('again', 900).stage('Prod').failed(), run('again', 100).stage('Prod').running());
  await server.post(...Array.from({ length: 60 }, (_, index) => run(`quiet-${index}`).stage('Prod').passed().passed()));
  await wall.open('?sort=name');
  await expect(wall.tile('again')).toHaveAttribute('data-again', '');
  await expect(wall.tile('again')).toHaveAttribute('data-form', 'chip');
  await picture('chips-in-line');
  const indents = await page.locator('[data-form=chip] h2').evaluateAll((names) =>
    names.map((name) => name.getBoundingClientRect().left - (name.closest('article')?.getBoundingClientRect().left ?? NaN)),
  );
  expect(indents.length).toBeGreaterThan(20);
  expect(Math.max(...indents) - Math.min(...indents)).toBeLessThan(0.1);
  // The edge that tells of the failure stands beside the shape, not on it.
  const { edge, shape } = await wall.tile('again').evaluate((tile) => ({
    edge: parseFloat(getComputedStyle(tile, '::before').width),
    shape: (tile.querySelector('svg')?.getBoundingClientRect().left ?? NaN) - tile.getBoundingClientRect().left,
  }));
  expect(edge).toBeLessThanOrEqual(shape);
});

test('a start that arrives late does not undo a failure', async ({ server, wall }) => {
  const events = run('shop').stage('Prod').failed().events;
  const [start, ...others] = events;
  await server.post(...others);
  await wall.open();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
  // Something else that comes after it proves that the wall has seen the late event.
  await server.post(start, run('later'));
  await expect(wall.tile('later')).toBeVisible();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
});

test('the commit stands on the tile with its author', async ({ server, wall }) => {
  await server.post(run('shop').by('Ada Lovelace', 'Cap retries of the payment provider').stage('Prod').failed());
  await wall.open();
  await expect(wall.tile('shop')).toContainText('Ada Lovelace');
  await expect(wall.tile('shop')).toContainText('Cap retries of the payment provider');
});

test('the last runs and the stages are on the tile', async ({ server, wall }) => {
  const past = Array.from({ length: 12 }, (_, index) => run('shop', 7200 - index * 300).stage('Build').passed().stage('Prod').passed().passed());
  await server.post(...past, run('shop', 300).stage('Build').passed().stage('Prod').failed());
  await wall.open();
  await expect(wall.tile('shop')).toHaveAttribute('data-status', 'failed');
  await expect(wall.tile('shop')).toContainText('Build');
  await expect(wall.tile('shop')).toContainText('Prod');
});

test('forced colours keep the shape of what failed', async ({ page, server, wall }) => {
  await server.post(run('shop').by('Ada', 'Say units').stage('Prod').failed());
  await wall.open();
  await expect(wall.tile('shop')).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ forcedColors: 'active', colorScheme });
    const colours = await wall.tile('shop').evaluate((tile) => ({
      ground: getComputedStyle(tile).backgroundColor,
      shape: getComputedStyle(tile.querySelector(':scope > svg') as Element).fill,
      bar: getComputedStyle(tile.querySelector('.history .failed') as Element).fill,
      person: getComputedStyle(tile.querySelector('.who svg') as Element).fill,
    }));
    const { ground, ...shown } = colours;
    for (const [what, colour] of Object.entries(shown)) expect(colour, `${colorScheme}: ${what}`).not.toBe(ground);
    expect(new Set(Object.values(shown)).size, colorScheme).toBe(1);
  }
});
