// What must hold of the template, each rule with ways to break it that it has to find.

import { API } from './rules/api.ts';
import { BUCKETS } from './rules/buckets.ts';
import { EVENTS } from './rules/events.ts';
import { FUNCTIONS } from './rules/functions.ts';
import { GATE } from './rules/gate.ts';
import { HOOKS } from './rules/hooks.ts';
import { PERMISSIONS } from './rules/permissions.ts';
import type { Rule } from './rules/rule.ts';
import { SOURCES } from './rules/sources.ts';

export const RULES: Rule[] = [...PERMISSIONS, ...BUCKETS, ...GATE, ...HOOKS, ...SOURCES, ...EVENTS, ...API, ...FUNCTIONS];
