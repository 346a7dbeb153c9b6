import { defineConfig } from '@playwright/test';

import config from './playwright.config.ts';

export default defineConfig(config, {
  testDir: 'bench',
  testMatch: '*.bench.ts',
  timeout: 300_000,
  reporter: [['line']],
  use: { extraHTTPHeaders: {}, trace: 'off', screenshot: 'off' },
});
