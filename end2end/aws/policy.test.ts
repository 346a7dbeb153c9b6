// The template keeps the rules, and each rule finds what breaks it.

import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { RULES } from './rules.ts';
import { TEMPLATE, parse, read } from './template.ts';

const template = read();

for (const { name, faults, breaks } of RULES) {
  test(name, () => {
    expect(faults(template)).toEqual([]);
    for (const [how, breaking] of Object.entries(breaks)) {
      const broken = structuredClone(template);
      breaking(broken);
      expect(faults(broken), `broken by: ${how}`).not.toEqual([]);
    }
  });
}

test('the template is the same without its comments', () => {
  // So `deploy` sends it. Comments in the code of functions go, too, and empty lines.
  const plain = (value: unknown): string => JSON.stringify(value).replaceAll(/(?<=\\n|") *\/\/ .*?\\n/g, '').replaceAll(/(\\n)+/g, '$1').replaceAll('"\\n', '"');
  const sent = readFileSync(TEMPLATE, 'utf8').replaceAll(/^ *(#|\/\/) .*\n|^ *\n/gm, '');
  expect(plain(parse(sent))).toBe(plain(template));
});
