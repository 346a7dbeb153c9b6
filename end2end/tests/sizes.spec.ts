// Seven screens, from a small frame to a 4K television, with one pipeline and with many: all of it fits, and what is cut off says so.

import type { Page } from '@playwright/test';

import { run, type Run } from '../event.ts';
import { expect, test } from '../test.ts';

const SIZES = [
  [320, 240],
  [390, 844],
  [900, 480],
  [1280, 720],
  [1366, 768],
  [1920, 1080],
  [3840, 2160],
] as const;

/** Long names, with and without places to break, beside short ones. */
function name(index: number): string {
  const kinds = [`p${index}`, `payment-service.deploy_${index}`, `quarterlyreconciliationofinvoices${index}`, `web-shop-frontend-production-eu-west-1-blue-${index}`];
  return kinds[index % kinds.length] ?? '';
}

/** Of every ten pipelines one is loud, the others pass; in a large board fewer are loud. */
function pipelines(count: number): Run[] {
  const loudEach = count > 100 ? 50 : 10;
  return Array.from({ length: count }, (_, index) => {
    const next = run(name(index), 600 + index).by('Maximiliana Featherstonehaugh-Ó Súilleabháin', 'Cap the retries of the payment provider at five').stage('Source').passed();
    if (index % loudEach === 0) return next.stage('Production').failed();
    if (index % loudEach === 3) return next.stage('Production').waiting();
    if (index % loudEach === 6) return next.stage('Production').running();
    return next.stage('Production').passed().passed();
  });
}

/** What a person would complain about: what scrolls, lies outside or on something else, or is cut off without a mark. */
async function complaints(page: Page, mayScroll: boolean): Promise<string[]> {
  return await page.evaluate((mayScroll) => {
    interface Box {
      what: string;
      /** A text that is shortened has a box for its mark, too. */
      node?: Node;
      left: number;
      top: number;
      right: number;
      bottom: number;
    }
    const found: string[] = [];
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
    if (scrollWidth > clientWidth || (scrollHeight > clientHeight && !mayScroll)) found.push(`scrolls: ${scrollWidth}×${scrollHeight} in ${clientWidth}×${clientHeight}`);

    const box = (element: Element, what: string): Box => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return { what, left, top, right, bottom };
    };
    const overlaps = (a: Box, b: Box, by: number): boolean =>
      (a.node === undefined || a.node !== b.node) &&
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > by && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
    const each = (boxes: Box[], by: number): void => {
      boxes.forEach((a, index) => {
        for (const b of boxes.slice(index + 1)) if (overlaps(a, b, by)) found.push(`${a.what} lies on ${b.what}`);
      });
    };

    const tiles = [...document.querySelectorAll('[data-pipeline]:not([hidden])')];
    const blocks = [...tiles.map((tile) => box(tile, tile.getAttribute('data-pipeline') ?? '')), ...[...document.querySelectorAll('header, .caption')].map((part) => box(part, part.className || 'header'))];
    for (const { what, left, top, right, bottom } of blocks) {
      if (left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || (bottom > innerHeight + 0.5 && !mayScroll)) found.push(`${what} lies outside`);
    }
    each(blocks, 1);

    // The lowest part of a tile is its rail, which has no text where there is little room.
    for (const tile of tiles) {
      const edge = tile.getBoundingClientRect();
      for (const part of tile.querySelectorAll(':scope > *, li')) {
        const { width, left, top, right, bottom } = part.getBoundingClientRect();
        if (width > 0 && (left < edge.left - 1 || top < edge.top - 1 || right > edge.right + 1 || bottom > edge.bottom + 1)) {
          found.push(`${part.localName}.${part.getAttribute('class') ?? ''} sticks out of ${tile.getAttribute('data-pipeline')} (${tile.getAttribute('data-form')})`);
        }
      }
    }

    // Text as it is drawn: what lies outside of a box that cuts it off is not, and then there must be a mark.
    for (const part of [...tiles, ...document.querySelectorAll('header, .caption')]) {
      const of = part.getAttribute('data-pipeline') ?? 'header';
      const texts: Box[] = [];
      const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.textContent?.trim() ?? '';
        const parent = node.parentElement;
        if (text === '' || !parent || parent.closest('svg, datalist') || parseFloat(getComputedStyle(parent).fontSize) === 0) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const rect of range.getClientRects()) {
          if (rect.width < 1 || rect.height < 1) continue;
          const drawn: Box = { what: `"${text}" of ${of}`, left: rect.left, top: rect.top, right: rect.right, bottom: rect.bottom };
          let marked = false;
          for (let outer: Element | null = parent; outer && part.contains(outer); outer = outer.parentElement) {
            const style = getComputedStyle(outer);
            if (style.overflowX === 'visible') continue;
            const edge = outer.getBoundingClientRect();
            marked ||= style.textOverflow === 'ellipsis';
            // Letters are lower than their lines.
            const room = rect.height * 0.25;
            if (drawn.top < edge.top - room || drawn.bottom > edge.bottom + room) found.push(`${drawn.what} is cut off above or below`);
            if ((drawn.left < edge.left - 1 || drawn.right > edge.right + 1) && !marked) found.push(`${drawn.what} is cut off without a mark`);
            drawn.left = Math.max(drawn.left, edge.left);
            drawn.right = Math.min(drawn.right, edge.right);
            drawn.top = Math.max(drawn.top, edge.top);
            drawn.bottom = Math.min(drawn.bottom, edge.bottom);
          }
          if (drawn.right > innerWidth + 0.5 || drawn.left < -0.5) found.push(`${drawn.what} lies outside`);
          // The letters' own height, without the room of their line.
          const inset = (drawn.bottom - drawn.top) * 0.2;
          texts.push({ ...drawn, node, top: drawn.top + inset, bottom: drawn.bottom - inset });
        }
      }
      each(texts, 1.5);
    }
    return [...new Set(found)];
  }, mayScroll);
}

// A trace keeps the page before and after each step, which takes longer than the steps do.
test.use({ trace: 'off' });

for (const count of [1, 20, 150, 600]) {
  test(`${count} pipelines fit seven screens`, async ({ page, server, wall }) => {
    test.setTimeout(120_000);
    const all = pipelines(count);
    for (let from = 0; from < count; from += 150) await server.post(...all.slice(from, from + 150));
    const found: string[] = [];
    for (const query of ['?kiosk&poll=60', '?embed&poll=60', '?poll=60']) {
      await wall.open(query);
      await expect(wall.tiles).toHaveCount(count);
      await page.locator('html[data-drawn]').waitFor();
      await page.evaluate(() => document.fonts.ready);
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await page.evaluate(
          () =>
            new Promise<void>((resolve) => {
              requestAnimationFrame(() => {
                requestAnimationFrame(() => {
                  resolve();
                });
              });
            }),
        );
        found.push(...(await complaints(page, query === '?poll=60' && Math.min(width, height) < 500)).map((complaint) => `${query} ${width}×${height}: ${complaint}`));
      }
    }
    expect(found).toEqual([]);
  });
}
