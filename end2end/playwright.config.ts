import { existsSync } from 'node:fs';

import { defineConfig, firefox, webkit } from '@playwright/test';

const browser = process.env['PIPELINES_DASHBOARD_CHROMIUM'];

// Playwright drives only its own builds of these.
const others = { firefox, webkit };
// What needs Chromium itself: its debugger, its emulations, its way to draw, or another old one of it.
const CHROMIUM_ALONE = /(axe|chromium83|day|pictures|sizes)\.spec\.ts$/;

const installed = Object.entries(others).filter(([name, type]) => {
  const isThere = existsSync(type.executablePath());
  // Workers read this file, too; the report is the runner's.
  if (!isThere && process.env['TEST_WORKER_INDEX'] === undefined) {
    console.log(`unproven: ${name} (not installed; \`npx playwright install --with-deps ${name}\` brings it)`);
  }
  return isThere;
});

export default defineConfig({
  testDir: 'tests',
  outputDir: 'results',
  // Whatever the system: what draws is told beside the pictures, see pictures.spec.ts.
  snapshotPathTemplate: '{testDir}/{testFileName}-snapshots/{arg}{ext}',
  preserveOutput: 'failures-only',
  forbidOnly: true,
  retries: 0,
  // Tests have nothing in common, and nothing is measured here: figures are the benchmarks'.
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1920, height: 1080 },
    // The server compresses its files when it starts, and each test has a server of its own: none waits for the best compression.
    extraHTTPHeaders: { 'accept-encoding': 'gzip' },
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    // Without a film, which takes a seventh of the time.
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
  projects: [
    {
      name: 'chromium',
      use: {
        launchOptions: {
          ...(browser === undefined ? {} : { executablePath: browser }),
          args: [
            // The browser asks its maker nothing.
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-quic',
            '--disable-sync',
            '--no-first-run',
          ],
        },
      },
    },
    ...installed.map(([name]) => ({ name, testIgnore: CHROMIUM_ALONE, use: { browserName: name as keyof typeof others } })),
  ],
});
