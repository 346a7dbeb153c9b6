import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const rules = [eslint.configs.recommended, tseslint.configs.strictTypeChecked];

export default defineConfig(
  { ignores: ['dist/', 'target/', 'end2end/results/', 'end2end/report/', 'end2end/pictures/', 'eslint.config.js'] },
  {
    files: ['end2end/**/*.ts', 'style/*.mjs'],
    extends: rules,
    languageOptions: { parserOptions: { project: 'end2end/tsconfig.json', tsconfigRootDir: import.meta.dirname } },
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
  {
    files: ['public/*.js'],
    extends: rules,
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // The compiler knows the browser's names.
      'no-undef': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Text from strangers is text.
      'no-restricted-properties': ['error', { property: 'innerHTML' }, { property: 'outerHTML' }, { property: 'insertAdjacentHTML' }],
    },
  },
);
