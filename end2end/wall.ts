// What a person sees and does: the wall in a page.

import { type Locator, type Page, expect } from '@playwright/test';

import { id } from './event.ts';

export type Status = 'failed' | 'waiting' | 'running' | 'passed' | 'stopped' | 'unknown';
export type Liveness = 'live' | 'late' | 'stale';

export class Wall {
  readonly page: Page;
  readonly main: Locator;
  readonly tiles: Locator;
  readonly live: Locator;
  readonly filter: Locator;
  readonly #url: string;

  constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
    this.main = page.getByRole('main');
    this.tiles = this.main.locator('[data-pipeline]');
    this.live = page.locator('[data-live]');
    this.filter = page.getByRole('combobox', { name: 'Filter' });
  }

  /** Opens the wall; it asks for news every second. */
  async open(query = '?poll=1'): Promise<void> {
    await this.page.goto(this.#url + query);
  }

  /** Lets only those see the data who show the key. It is asked for with each request, so that it can change. */
  async lock(key: () => string, url = '**/data'): Promise<void> {
    await this.page.route(url, async (route) => {
      const isRight = route.request().headers()['authorization'] === `Bearer ${key()}`;
      await (isRight ? route.continue() : route.fulfill({ status: 401, contentType: 'application/json', body: '{"error":"access key"}' }));
    });
  }

  /** Opens the wall, and opens it once more where no answer comes: it shows what it knew last. */
  async openLastKnown(name: string): Promise<void> {
    await this.open();
    await expect(this.tile(name)).toBeVisible();
    await this.page.route('**/data', () => new Promise(() => undefined));
    await this.page.reload();
    await expect(this.page.locator('html')).toHaveAttribute('data-feed', 'kept');
    await expect(this.tile(name)).toBeVisible();
  }

  /** Resolves when the program has drawn the tiles: the tab's title has the worst status. */
  async ready(): Promise<void> {
    await this.page.waitForFunction(() => document.title.includes(' · '));
  }

  /** The tile of a pipeline of CodePipeline. */
  tile(name: string): Locator {
    return this.main.locator(`[data-pipeline="${id(name)}"]`);
  }

  /** The tiles' pipelines as one reads them: by lines, from the left. */
  async order(): Promise<string[]> {
    return await this.tiles.evaluateAll((tiles) =>
      tiles
        .map((tile) => ({ id: tile.getAttribute('data-pipeline') ?? '', box: tile.getBoundingClientRect() }))
        .sort((a, b) => (Math.abs(a.box.top - b.box.top) > 2 ? a.box.top - b.box.top : a.box.left - b.box.left))
        .map(({ id }) => id.split(':').at(-1) ?? id),
    );
  }

  /** Whether the page is larger than its window, in either direction. */
  async scrolls(): Promise<boolean> {
    return await this.page.evaluate(() => {
      const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
      return scrollWidth > clientWidth || scrollHeight > clientHeight;
    });
  }
}
