// @ts-check
// What a pipeline's page says, as plain functions of the document and the time. Spans and states are said as the wall says them
// (src/words.rs).

import { lengthOf, seconds } from './timeline.mjs';

/** @typedef {import('./document.mjs').Action} Action */
/** @typedef {import('./document.mjs').Page} Page */
/** @typedef {import('./document.mjs').Run} Run */
/** @typedef {import('./document.mjs').State} State */
/** @typedef {import('./feed.mjs').Shown} Shown */

/** @param {number} large @param {string} one @param {number} small @param {string} other */
function two(large, one, small, other) { return `${large} ${one}${small > 0 ? ` ${small} ${other}` : ''}`; }

/** A span in its largest unit: "42 s", "26 min", "2 h", "3 d". @param {number} span */
export function rough(span) {
  if (span < 60) return `${span} s`;
  if (span < 3600) return `${Math.floor(span / 60)} min`;
  return span < 86400 ? `${Math.floor(span / 3600)} h` : `${Math.floor(span / 86400)} d`;
}

/** A span in its two largest units, from minutes up: "42 s", "26 min", "2 h 10 min", "3 d 4 h". @param {number} span */
export function long(span) {
  if (span < 3600) return rough(span);
  if (span < 86400) return two(Math.floor(span / 3600), 'h', Math.floor((span % 3600) / 60), 'min');
  return two(Math.floor(span / 86400), 'd', Math.floor((span % 86400) / 3600), 'h');
}

/** A span to the second below an hour: "42 s", "4 min 10 s", "2 h 10 min". @param {number} span */
export function exact(span) { return span >= 60 && span < 3600 ? two(Math.floor(span / 60), 'min', span % 60, 's') : long(span); }

/** When something was: "just now" in the first minute, then "26 min ago". @param {number} span */
export function ago(span) { return span < 60 ? 'just now' : `${rough(span)} ago`; }

/** The run that the pipeline's state is about. @param {Page} page */
function headlineRun(page) { return page.runs.find((run) => run.status === page.status) ?? page.runs[0]; }

/** The id of the run that is told in full. @param {Shown} shown */
export function told({ chosen, page }) {
  if (chosen !== undefined) return chosen;
  return (page && headlineRun(page))?.id ?? null;
}

/**
 * What goes on, under the pipeline's name.
 *
 * @param {Page} page
 * @param {number | undefined} usual what a run usually takes, in seconds
 * @param {number} now
 */
export function headline(page, usual, now) {
  const { status } = page;
  const run = headlineRun(page);
  const failing = page.failing_since === undefined ? undefined : `failing for ${long(seconds(page.failing_since, now))}`;
  /** @type {string} */
  let words = status;
  if (status === 'failed') words = failing ?? status;
  else if (run && (status === 'waiting' || status === 'running')) words = trouble(run, now) ?? goingOn(run, now);
  else if (run) words = `${status} ${ago(seconds(run.ended ?? run.started, now))}`;
  // A run under way after a failure.
  if (failing !== undefined && status !== 'failed') words += ` · ${failing}`;
  return usual === undefined ? words : `${words} · usually takes ${exact(usual)}`;
}

/** What is said of the pipeline itself: that it is gone, or that nothing may enter a stage. @param {Page} page @param {number} now */
export function notes({ gone, off = [] }, now) {
  const closed = off.map(({ stage, since, reason }) => [`${stage} is switched off for ${long(seconds(since, now))}`, reason].filter(isSaid).join(': '));
  return gone === undefined ? closed : [`gone for ${long(seconds(gone, now))}: its CI doesn't know it any more`, ...closed];
}

/** @param {string | undefined} words @returns {words is string} */
export function isSaid(words) { return words !== undefined; }

/** Which part of a run wants somebody's eye, and why; nothing for one that is well. @param {Run} run @param {number} now */
export function trouble({ status, superseded, skipped, stages }, now) {
  if (status === 'stopped') return superseded ? 'a newer run took its place' : skipped ? 'skipped' : 'stopped';
  if (status === 'unknown') return 'in an unknown state';
  if (status !== 'failed' && status !== 'waiting') return undefined;
  const stage = [...stages].reverse().find((one) => one.status === status);
  if (!stage) return undefined;
  const action = stage.actions.find((one) => one.status === status);
  if (status === 'failed') return `${[stage.name, action?.name].filter(isSaid).join(', ')} failed`;
  const since = action?.started ?? stage.started;
  return `waits for approval in ${stage.name}${since === undefined ? '' : ` for ${long(seconds(since, now))}`}`;
}

/** What a CI said of an action: the error's code, and its words; may be empty. @param {Action} action */
export function said({ error, summary }) { return [error, summary].filter(isSaid).join(': '); }

/** @param {Run} run */
function verb({ phase }) { return phase === 'queued' || phase === 'stopping' ? phase : 'running'; }

/** @param {Run} run @param {number} now */
function goingOn(run, now) {
  const length = lengthOf(run, now);
  return length === undefined ? verb(run) : `${verb(run)} for ${exact(length)}`;
}

/** When a run was, for its line. @param {Run} run @param {number} now */
export function when(run, now) {
  if (run.ended !== undefined) return ago(seconds(run.ended, now));
  return run.status === 'waiting' ? 'waiting' : verb(run);
}

/** @type {Record<State, string>} */
const VERBS = { passed: 'took', failed: 'failed after', waiting: 'waits for', running: 'running for', stopped: 'stopped after', unknown: 'unknown after' };

/**
 * How a stage or action ended, or how long it goes on: "failed after 20 s".
 *
 * @param {{ status: State, started: number | undefined, ended: number | undefined }} part
 * @param {number} now
 */
export function lasted(part, now) {
  const length = lengthOf(part, now);
  return length === undefined ? part.status : `${VERBS[part.status]} ${exact(length)}`;
}

/** How a run came about: "started 2 h ago, at 14:02 by Webhook · attempt 2". @param {Run} run @param {string} at the time of day @param {number} now */
export function origin({ started, trigger, attempt }, at, now) {
  return `started ${ago(seconds(started, now))}, at ${at}${trigger === undefined ? '' : ` by ${trigger}`}${attempt > 1 ? ` · attempt ${attempt}` : ''}`;
}

/** A time of day at the wall's place, hours and minutes. @param {number} moment */
export function timeOfDay(moment) {
  const date = new Date(moment);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

/**
 * Where a pipeline is, for an address that names its account or a name that is not its alone: "production eu-west-1".
 *
 * @param {string} id
 * @param {string | null} accounts as `?accounts=` says it: 123456789012:production,210987654321:staging
 * @param {boolean} isOneOfMany whether another on the wall has the same name
 */
export function place(id, accounts, isOneOfMany) {
  const [, region, account] = id.split(':');
  const pair = (accounts ?? '').split(',').find((one) => account && one.startsWith(`${account}:`));
  if (pair !== undefined) return `${pair.slice(`${account}:`.length)} ${region}`;
  return isOneOfMany ? [account, region].filter(Boolean).join(' ') : undefined;
}
