// What EventBridge's patterns take, as far as the template uses them.
//
// The emulator has an engine of its own; this one tries patterns that aren't deployed. A matcher that it doesn't know is an error.
// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>

import { type Json, type JsonObject, array, object, text } from './template.ts';

/** Whether a pattern takes an event: every field that it names holds one of the listed values. */
export function takes(pattern: JsonObject, event: Json | undefined): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    if (name === '$or') return array(wanted).some((one) => takes(object(one), event));
    const value = event !== null && typeof event === 'object' && !Array.isArray(event) ? event[name] : undefined;
    return Array.isArray(wanted) ? wanted.some((matcher) => matches(matcher, value)) : takes(object(wanted), value);
  });
}

/** Whether a field's value is what a matcher wants. A missing field is nothing but missing. */
function matches(matcher: Json, value: Json | undefined): boolean {
  if (value === undefined) return false;
  if (matcher === null || typeof matcher !== 'object') return matcher === value;
  const [[name, operand] = ['', null], ...more] = Object.entries(object(matcher));
  if (more.length === 0 && name === 'prefix') return typeof value === 'string' && value.startsWith(text(operand));
  if (more.length === 0 && name === 'anything-but') return !matches(operand, value);
  throw new Error(`the matcher ${JSON.stringify(matcher)} is not known here`);
}
