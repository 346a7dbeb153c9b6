import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['results/', 'report/', 'pictures/', 'eslint.config.js'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A forgotten `await` is a check that is never made.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-properties': [
        'error',
        { object: 'page', property: 'waitForTimeout', message: 'Wait for what must happen, not for time.' },
        { object: 'test', property: 'only', message: 'The other tests would be skipped.' },
        { object: 'test', property: 'skip', message: 'A test that does not run proves nothing.' },
      ],
    },
  },
);
