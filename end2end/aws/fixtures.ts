// The events that the model is tried with, and which of them the wall's rule takes.

import { readFileSync, readdirSync } from 'node:fs';

import { expect } from '@playwright/test';

import { takes } from './pattern.ts';
import type { Stack } from './stack.ts';
import { type JsonObject, at, object, read, resolve } from './template.ts';

const FIXTURES = new URL('../../model/tests/fixtures/', import.meta.url);

/** All of them, as paths. */
export const NAMES = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));

export function fixture(path: string): JsonObject {
  return JSON.parse(readFileSync(new URL(path, FIXTURES), 'utf8')) as JsonObject;
}

/** Those that the wall's rule takes with these sources, by the template. */
export function wanted(sources: string): string[] {
  const template = read();
  const pattern = object(resolve(template, at(object(template.Resources['Rule']), 'Properties', 'EventPattern') ?? null, { Sources: sources }));
  return NAMES.filter((name) => takes(pattern, fixture(name)));
}

/** The emulator's engine takes of all fixtures by a stack's rule what this one's takes by the template. */
export async function checkRule(stack: Stack, sources: string): Promise<void> {
  const taken = await stack.takes(...NAMES.map(fixture));
  expect(NAMES.filter((_, index) => taken[index])).toEqual(wanted(sources));
  expect(wanted(sources).length).toBeGreaterThan(30);
}
