// @ts-check
// A pipeline's document, read once: what is drawn of model/src/page.rs, or nothing. Times become milliseconds since 1970.

/** @typedef {'failed' | 'waiting' | 'running' | 'stopped' | 'unknown' | 'passed'} State */

/** The words of the API, as the wall says them (src/state.rs). @type {Map<string, State>} */
const STATES = new Map([
  ['FAILED', 'failed'],
  ['WAITING', 'waiting'],
  ['STARTED', 'running'],
  ['STOPPED', 'stopped'],
  ['SUCCEEDED', 'passed'],
]);

/** @param {unknown} value */
function text(value) {
  if (typeof value !== 'string') throw new TypeError('no text');
  return value;
}

/** @param {unknown} value */
function state(value) { return STATES.get(text(value)) ?? 'unknown'; }

/** @param {unknown} value */
function time(value) {
  const ms = Date.parse(text(value));
  if (Number.isNaN(ms)) throw new TypeError('no time');
  return ms;
}

/** @param {unknown} value */
function number(value) {
  if (!Number.isInteger(value)) throw new TypeError('no whole number');
  return Number(value);
}

/** Leads nowhere but to https. @param {unknown} value */
function link(value) { return /^https:\/\//i.test(text(value)) ? text(value) : undefined; }

/**
 * @template T
 * @param {(value: unknown) => T} read
 * @returns {(value: unknown) => T | undefined}
 */
function maybe(read) { return (value) => (value === undefined || value === null ? undefined : read(value)); }

/**
 * @template T
 * @param {(value: unknown) => T} read
 * @returns {(value: unknown) => T[]}
 */
function list(read) {
  return (value) => {
    if (!Array.isArray(value)) throw new TypeError('no list');
    return value.map((/** @type {unknown} */ item) => read(item));
  };
}

/**
 * @template {Record<string, (value: unknown) => unknown>} F
 * @param {F} fields
 * @returns {(value: unknown) => { [K in keyof F]: ReturnType<F[K]> }}
 */
function record(fields) {
  return (value) => {
    if (typeof value !== 'object' || value === null) throw new TypeError('no object');
    const known = /** @type {Record<string, unknown>} */ (value);
    const read = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field(known[name])]));
    return /** @type {{ [K in keyof F]: ReturnType<F[K]> }} */ (read);
  };
}

const readAction = record({ name: text, status: state, kind: maybe(text), started: maybe(time), ended: maybe(time), took_s: maybe(number), summary: maybe(text), error: maybe(text), url: maybe(link) });
const readStage = record({ name: text, status: state, started: maybe(time), ended: maybe(time), actions: list(readAction) });
const readChange = record({ message: maybe(text), author: maybe(text), revision: maybe(text), url: maybe(link) });
const readRun = record({
  id: text,
  number: maybe(text),
  status: state,
  error: maybe(text),
  phase: maybe(text),
  superseded: (value) => value === true,
  skipped: (value) => value === true,
  started: time,
  ended: maybe(time),
  took_s: maybe(number),
  attempt: number,
  trigger: maybe(text),
  change: maybe(readChange),
  url: maybe(link),
  stages: list(readStage),
});
const readOff = record({ stage: text, since: time, reason: maybe(text) });
const readPage = record({ name: text, status: state, failing_since: maybe(time), url: maybe(link), off: maybe(list(readOff)), gone: maybe(time), runs: list(readRun) });

/** @typedef {ReturnType<typeof readAction>} Action */
/** @typedef {ReturnType<typeof readStage>} Stage */
/** @typedef {ReturnType<typeof readRun>} Run */
/** @typedef {ReturnType<typeof readPage>} Page */

/**
 * A pipeline with its runs, newest first; nothing for what is none: a login page, or half an answer.
 *
 * @param {string} body
 * @param {boolean} withAuthors
 */
export function parse(body, withAuthors) {
  try {
    const page = readPage(JSON.parse(body));
    if (!withAuthors) for (const { change } of page.runs) if (change) change.author = undefined;
    return page;
  } catch {
    return undefined;
  }
}
