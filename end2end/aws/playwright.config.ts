// The template as a text, and deployed to an emulator. No browser takes part.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.test.ts',
  outputDir: '../results/aws',
  preserveOutput: 'never',
  forbidOnly: true,
  retries: 0,
  // Two files have an emulator each.
  workers: 2,
  // It finds what hangs. Each call of the AWS CLI takes seconds where two cores are busy.
  timeout: 600_000,
  reporter: [['list']],
});
