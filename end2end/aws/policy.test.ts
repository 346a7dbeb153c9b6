// The template keeps the rules, and each rule finds what breaks it.

import { expect, test } from '@playwright/test';

import { RULES } from './rules.ts';
import { read } from './template.ts';

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
