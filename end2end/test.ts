// `test` with a server and a wall of its own for each test; errors that the page tells the console fail it.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { test as base } from '@playwright/test';

import { Server } from './server.ts';
import { Wall } from './wall.ts';

export const pictures = fileURLToPath(new URL('pictures', import.meta.url));

interface Options {
  /** More of the server's arguments. */
  serverArguments: string[];
  /** Console messages that the test brings about itself. */
  expectedProblems: RegExp | undefined;
}

interface Fixtures {
  server: Server;
  wall: Wall;
  /** Keeps a picture of the whole window for people to look at. */
  picture: (name: string) => Promise<void>;
  problems: undefined;
}

export const test = base.extend<Options & Fixtures>({
  serverArguments: [[], { option: true }],
  expectedProblems: [undefined, { option: true }],

  server: async ({ serverArguments }, use) => {
    const server = new Server(...serverArguments);
    await server.start();
    await use(server);
    await server.kill();
  },

  wall: async ({ page, server }, use) => {
    await use(new Wall(page, server.url));
    // A request that a test stands in for may be under way, and one to the server when that ends.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    if (!page.isClosed()) await page.goto('about:blank');
  },

  picture: async ({ page }, use) => {
    mkdirSync(pictures, { recursive: true });
    await use(async (name) => {
      await page.screenshot({ path: `${pictures}/${name}.png` });
    });
  },

  // Violations of the content security policy come to the console as errors, too.
  problems: [
    async ({ page, expectedProblems }, use) => {
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('crash', () => problems.push('the page crashed'));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
      });
      await use(undefined);
      const unexpected = problems.filter((problem) => !expectedProblems?.test(problem));
      if (unexpected.length > 0) throw new Error(`the page complained:\n${unexpected.join('\n')}`);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';

/** What Chromium says of a request that got no answer or a bad one. */
export const FAILED_REQUEST = /Failed to load resource|ERR_CONNECTION_REFUSED|was preloaded using link preload but not used/;
