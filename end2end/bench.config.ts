import { defineConfig } from '@playwright/test';

import config from './playwright.config.ts';

export default defineConfig({
  ...config,
  // The figures are of today's Chromium.
  projects: (config.projects ?? []).filter(({ name }) => name === 'chromium'),
  testDir: 'bench',
  testMatch: '*.bench.ts',
  timeout: 300_000,
  // One at a time has the machine for itself.
  workers: 1,
  reporter: [['line']],
  use: { ...config.use, extraHTTPHeaders: {}, trace: 'off', screenshot: 'off' },
});
