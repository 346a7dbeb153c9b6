// WCAG 2.2 AA as far as axe can judge it: every state of the wall, in each look that a person's system may ask for.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { id, run } from '../event.ts';
import type { Server } from '../server.ts';
import { expect, FAILED_REQUEST, test } from '../test.ts';
import type { Wall } from '../wall.ts';

test.use({ expectedProblems: FAILED_REQUEST });

/** What the elements are to who hears them, and how large; the same in each look. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface Look {
  name: string;
  media: Parameters<Page['emulateMedia']>[0];
  judge: (axe: AxeBuilder) => AxeBuilder;
}

const contrast = (axe: AxeBuilder): AxeBuilder => axe.withRules('color-contrast');

const LOOKS: Look[] = [
  { name: 'dark', media: { colorScheme: 'dark' }, judge: (axe) => axe.withTags(TAGS) },
  { name: 'light', media: { colorScheme: 'light' }, judge: contrast },
  { name: 'dark, more contrast', media: { colorScheme: 'dark', contrast: 'more' }, judge: contrast },
  { name: 'light, more contrast', media: { colorScheme: 'light', contrast: 'more' }, judge: contrast },
  // The browser forces text to the system's colour, but axe judges the fill below it, which Chromium tells unforced.
  {
    name: 'forced colours',
    media: { colorScheme: 'dark', contrast: 'no-preference', forcedColors: 'active' },
    judge: (axe) => axe.withTags(TAGS).disableRules('color-contrast'),
  },
];

interface State {
  /** Brings the wall there and resolves when it shows it. */
  show: (on: { page: Page; server: Server; wall: Wall }) => Promise<void>;
}

const mix = [
  run('shop').by('Ada Lovelace', 'Cap retries of the payment provider').stage('Source').passed().stage('Prod').failed(),
  run('payments', 3000).by('Bob', 'Round half to even').stage('Source').passed().stage('Prod').waiting(),
  run('search').by('Grace', 'Index names').stage('Source').passed().stage('Prod').running(),
  run('docs').stage('Prod').passed().passed(),
  run('docs', 200).by('Alan', 'Say units').stage('Source').passed().stage('Prod').passed().passed(),
  run('mail').stage('Source').passed().stopped(),
  run('again', 5000).stage('Prod').failed(),
  run('again', 100).stage('Prod').running(),
  run('old', 9 * 86_400).by('Linus', 'Try it').stage('Prod').failed(),
];

/** A wall with every state, whose answers stop; then so many milliseconds go by. */
const withoutAnswers = (liveness: 'late' | 'stale', milliseconds: number): State => ({
  show: async ({ page, server, wall }) => {
    await page.clock.install();
    await server.post(...mix);
    await wall.open();
    await expect(wall.tile('shop')).toBeVisible();
    await page.route('**/data', (route) => route.fulfill({ status: 502, body: '{"error":"bad gateway"}' }));
    await page.clock.runFor(milliseconds);
    await expect(wall.live).toHaveAttribute('data-live', liveness);
  },
});

const withMix = (query: string, ready: string): State => ({
  show: async ({ page, server, wall }) => {
    await server.post(...mix);
    await wall.open(query);
    await expect(page.locator(ready)).toBeVisible();
  },
});

const STATES: Record<string, State> = {
  empty: {
    show: async ({ wall }) => {
      await wall.open();
      await expect(wall.main).toContainText('/events');
    },
  },
  loading: {
    show: async ({ page, wall }) => {
      await page.route('**/data', () => new Promise(() => undefined));
      await wall.open();
      await expect(page.locator('header')).toBeVisible();
      await expect(wall.main).toContainText('Loading');
    },
  },
  'no data': {
    show: async ({ page, wall }) => {
      await page.route('**/data', (route) => route.fulfill({ status: 502, body: '{"error":"bad gateway"}' }));
      await wall.open();
      await expect(wall.main).toContainText('reports an error (502)');
    },
  },
  'without a key': {
    show: async ({ page, wall }) => {
      await page.route('**/data', (route) => route.fulfill({ status: 401, body: '{"error":"access key"}' }));
      await wall.open();
      await expect(page.getByLabel('Access key')).toBeVisible();
    },
  },
  late: withoutAnswers('late', 8_000),
  stale: withoutAnswers('stale', 20_000),
  'the last known wall, before the first answer': {
    show: async ({ server, wall }) => {
      await server.post(...mix);
      await wall.openLastKnown('shop');
    },
  },
  'every state': withMix('?poll=1', '[data-status=failed] >> nth=0'),
  'many quiet pipelines': {
    show: async ({ page, server, wall }) => {
      await page.setViewportSize({ width: 1280, height: 720 });
      const quiet = Array.from({ length: 60 }, (_, index) => run(`quiet-${index}`, 900 + index).stage('Prod').passed().passed());
      await server.post(...mix, ...quiet);
      await wall.open();
      await expect(wall.tile('quiet-7')).toHaveAttribute('data-form', 'chip');
    },
  },
  'all green': {
    show: async ({ page, server, wall }) => {
      await server.post(...['a', 'b', 'c'].map((name) => run(name).stage('Prod').passed().passed()));
      await wall.open();
      await expect(page.getByRole('heading', { name: 'All 3 pipelines pass' })).toBeVisible();
    },
  },
  'nothing matches': withMix('?filter=nobody', 'main h2:text("Nothing matches")'),
  'mistakes of the address and the filter': withMix('?wallpaper=cats&filter=colour:red%20shop', '#mistake:not(:empty)'),
  groups: withMix('?group=prefix', '[data-status=failed] >> nth=0'),
  'a pipeline that is gone': {
    show: async ({ page, server, wall }) => {
      await server.post(...mix);
      await page.route('**/data', async (route) => {
        const response = await route.fetch();
        const rows = (await response.json()) as Record<string, unknown>[];
        await route.fulfill({ response, json: rows.map((row) => (row['name'] === 'docs' ? { ...row, gone: new Date().toISOString() } : row)) });
      });
      await wall.open();
      await expect(wall.tile('docs')).toHaveAttribute('data-gone');
    },
  },
  kiosk: withMix('?kiosk', '[data-status=failed] >> nth=0'),
  embed: withMix('?embed', '[data-status=failed] >> nth=0'),
  "a pipeline's page": {
    show: async ({ page, server, wall }) => {
      await server.post(...mix, run('docs', 60).by('Ada', 'Try').stage('Source').passed().stage('Prod').failed());
      await wall.open(`?poll=1#p=${id('docs')}`);
      await expect(page.getByRole('dialog').locator('[data-run]')).toHaveCount(3);
    },
  },
  "the page of a pipeline that isn't there": {
    show: async ({ page, server, wall }) => {
      await server.post(...mix);
      await wall.open(`?poll=1#p=${id('nobody')}`);
      await expect(page.getByRole('dialog')).toContainText('There is no such pipeline');
    },
  },
};

for (const [name, { show }] of Object.entries(STATES)) {
  test(`axe finds nothing on: ${name}`, async ({ page, server, wall }) => {
    test.setTimeout(120_000);
    // Without what moves, so that no colour is on its way to another.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await show({ page, server, wall });
    const found: string[] = [];
    for (const { name: look, media, judge } of LOOKS) {
      await page.emulateMedia(media);
      // There are no frames, for whose sake it would open one more page each time.
      const { passes, violations } = await judge(new AxeBuilder({ page }).setLegacyMode()).analyze();
      expect(passes.length, 'axe judges something').toBeGreaterThan(0);
      for (const { id, nodes } of violations) {
        found.push(...nodes.map(({ target, failureSummary }) => `${look}: ${id} at ${target.join(' ')}: ${failureSummary ?? ''}`));
      }
    }
    expect(found).toEqual([]);
  });
}
