import { defineConfig } from '@playwright/test';

const browser = process.env['PIPELINES_DASHBOARD_CHROMIUM'];

export default defineConfig({
  testDir: 'tests',
  outputDir: 'results',
  preserveOutput: 'failures-only',
  forbidOnly: true,
  retries: 0,
  // What is measured in milliseconds must not compete for the processor.
  workers: 1,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1920, height: 1080 },
    // The server compresses its files when it starts, and each test has a server of its own: none waits for the best compression.
    extraHTTPHeaders: { 'accept-encoding': 'gzip' },
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
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
});
