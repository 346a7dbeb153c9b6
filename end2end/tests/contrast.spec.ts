// What is greyed can still be read. axe judges the colours that a filter is given; here they are judged as it leaves them.

import type { Page } from '@playwright/test';

import { run } from '../event.ts';
import type { Server } from '../server.ts';
import { expect, FAILED_REQUEST, test } from '../test.ts';
import type { Wall } from '../wall.ts';

test.use({ expectedProblems: FAILED_REQUEST });

const mix = [
  run('shop').by('Ada Lovelace', 'Cap retries of the payment provider').stage('Source').passed().stage('Prod').failed(),
  run('payments', 3000).by('Bob', 'Round half to even').stage('Source').passed().stage('Prod').waiting(),
  run('search', 900).stage('Source').passed().stage('Prod').passed().passed(),
  run('search').by('Grace', 'Index names').stage('Source').passed().stage('Prod').running(),
  run('docs', 200).by('Alan', 'Say units').stage('Source').passed().stage('Prod').passed().passed(),
  run('mail').stage('Source').passed().stopped(),
  run('again', 5000).stage('Prod').failed(),
  run('again', 100).stage('Source').passed().stage('Prod').running(),
  run('old', 9 * 86_400).by('Linus', 'Try it').stage('Source').passed().stage('Prod').failed(),
];

/** Says what can't be read, and how many texts and shapes there are. */
async function judge(page: Page): Promise<{ texts: number; shapes: number; found: string[] }> {
  return await page.evaluate(() => {
    type Colour = [red: number, green: number, blue: number, alpha: number];
    const TEXT = 4.5;
    const SHAPE = 3;
    const colours = (text: string): Colour[] =>
      [...text.matchAll(/rgba?\(([^)]+)\)/g)].map(([, parts = '']) => {
        const [red = 0, green = 0, blue = 0, alpha = 1] = parts.split(',').map(Number);
        return [red, green, blue, alpha];
      });
    const over = ([red, green, blue, alpha]: Colour, below: Colour): Colour => {
      const mix = (one: number, other: number): number => alpha * one + (1 - alpha) * other;
      return [mix(red, below[0]), mix(green, below[1]), mix(blue, below[2]), 1];
    };
    // As https://www.w3.org/TR/filter-effects-1/ reckons them.
    const filtered = (filter: string): ((colour: Colour) => Colour) => {
      const steps = [...filter.matchAll(/(\w+)\(([\d.]+)\)/g)].map(([, name, amount]) => ({ name, amount: Number(amount) }));
      return (colour) =>
        steps.reduce<Colour>(([red, green, blue, alpha], { name, amount }) => {
          if (name === 'brightness') return [red * amount, green * amount, blue * amount, alpha];
          if (name !== 'grayscale') throw new Error(`what ${name ?? ''} makes of a colour isn't known here`);
          const grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
          const greyed = (part: number): number => amount * grey + (1 - amount) * part;
          return [greyed(red), greyed(green), greyed(blue), alpha];
        }, colour);
    };
    const luminance = (colour: Colour): number => {
      const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)) as Colour;
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one: Colour, other: Colour): number => {
      const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    /** All that an element may stand on: a gradient is each of its colours. */
    const grounds = (element: Element | null): Colour[] => {
      if (!element) return [[255, 255, 255, 1]];
      const { backgroundColor, backgroundImage } = getComputedStyle(element);
      const own = backgroundImage === 'none' ? colours(backgroundColor) : colours(backgroundImage);
      if (own.every(([, , , alpha]) => alpha === 1)) return own;
      return grounds(element.parentElement).flatMap((below) => own.map((colour) => over(colour, below)));
    };

    const found: string[] = [];
    let texts = 0;
    let shapes = 0;
    const check = (what: string, colour: Colour, element: Element, filter: (colour: Colour) => Colour, least: number): void => {
      for (const ground of grounds(element)) {
        const ratio = contrast(filter(over(colour, ground)), filter(ground));
        if (ratio < least) found.push(`${what}: ${ratio.toFixed(2)}`);
      }
    };
    for (const tile of document.querySelectorAll<HTMLElement>('article:not([hidden])')) {
      const filter = filtered(getComputedStyle(tile).filter);
      const of = `${tile.dataset['pipeline']?.split(':').at(-1) ?? tile.dataset['group'] ?? ''} (${tile.dataset['form'] ?? ''})`;
      const walker = document.createTreeWalker(tile, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!parent || !node.textContent?.trim() || parent.getClientRects().length === 0) continue;
        const { color, fontSize } = getComputedStyle(parent);
        if (parseFloat(fontSize) === 0) continue;
        texts++;
        for (const colour of colours(color)) check(`"${node.textContent}" of ${of}`, colour, parent, filter, TEXT);
      }
      for (const shape of tile.querySelectorAll('[data-mark] > :first-child')) {
        shapes++;
        const { fill, stroke } = getComputedStyle(shape);
        for (const colour of colours(fill === 'none' ? stroke : fill)) check(`the mark of ${of}`, colour, shape, filter, SHAPE);
      }
    }
    return { texts, shapes, found };
  });
}

interface On {
  page: Page;
  server: Server;
  wall: Wall;
}

/** Until the last answers are too old. */
async function stale({ page, wall }: On, query: string): Promise<void> {
  await wall.open(query);
  await expect(wall.tile('shop')).toBeVisible();
  await page.route('**/data', (route) => route.fulfill({ status: 502, body: '{"error":"bad gateway"}' }));
  await page.clock.runFor(20_000);
  await expect(page.locator('html')).toHaveAttribute('data-feed', 'stale');
}

const GREYED: Record<string, (on: On) => Promise<void>> = {
  'a stale wall': (on) => stale(on, '?poll=1'),
  'a stale wall in fixed places': (on) => stale(on, '?poll=1&sort=name'),
  'a stale wall of groups': (on) => stale(on, '?poll=1&group=prefix'),
  'a stale wall of chips': async (on) => {
    await on.page.setViewportSize({ width: 640, height: 500 });
    await on.server.post(...Array.from({ length: 40 }, (_, index) => run(`quiet-${index}`, 900 + index).stage('Prod').passed().passed()));
    await stale(on, '?poll=1&sort=name');
    await expect(on.wall.tile('shop')).toHaveAttribute('data-form', 'chip');
  },
  'the last known wall': async ({ wall }) => {
    await wall.openLastKnown('shop');
  },
  'pipelines that are gone': async ({ page, wall }) => {
    await page.route('**/data', async (route) => {
      const response = await route.fetch();
      const rows = (await response.json()) as Record<string, unknown>[];
      await route.fulfill({ response, json: rows.map((row) => ({ ...row, gone: new Date().toISOString() })) });
    });
    await wall.open();
    await expect(wall.tile('shop')).toHaveAttribute('data-gone');
  },
};

for (const [what, show] of Object.entries(GREYED)) {
  test(`${what} can be read`, async ({ page, server, wall, picture }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.clock.install();
    await server.post(...mix);
    await show({ page, server, wall });
    const found: string[] = [];
    for (const colorScheme of ['dark', 'light'] as const) {
      for (const contrast of ['no-preference', 'more'] as const) {
        await page.emulateMedia({ colorScheme, contrast });
        expect(await wall.tile('shop').evaluate((tile) => getComputedStyle(tile).filter)).toContain('grayscale');
        const { texts, shapes, found: here } = await judge(page);
        expect(texts).toBeGreaterThan(15);
        expect(shapes).toBeGreaterThan(5);
        found.push(...here.map((complaint) => `${colorScheme}, ${contrast}: ${complaint}`));
      }
      await picture(`greyed-${what.replaceAll(' ', '-')}-${colorScheme}`);
    }
    expect(found).toEqual([]);
  });
}
