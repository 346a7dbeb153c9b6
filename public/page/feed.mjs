// @ts-check
// How far a pipeline's page can be trusted, and when to ask again: as src/feed.rs has it for the wall.

import { seconds } from './timeline.mjs';
import { long } from './words.mjs';

/** @typedef {import('./document.mjs').Page} Page */

/**
 * A pipeline as it is open.
 *
 * @typedef {object} Shown
 * @property {string} id
 * @property {number} pollS
 * @property {Page} [page] its newest good document
 * @property {number} [made] when that was as it is, by the server's clock
 * @property {number} [seen] when somebody began to look, by the same: what was missed before is nobody's fault
 * @property {number | undefined} [failure] the status of the last answer when that was no good one; 0 without any, 200 for what is no document
 * @property {string | null} [chosen] the run that is told in full, null for none; while nobody chose, that of the headline
 */

/** No longer than this is waited after failures, where not each poll waits longer anyway. */
const LONGEST_MS = 30000;

/** Why there was no good answer. @param {number} failure */
function cause(failure) {
  if (failure === 0) return 'the server gives no answer';
  if (failure === 200) return 'what the server answers is no data; perhaps a login page stands before it';
  return failure === 401 || failure === 403 ? 'the access key is missing or wrong' : `the server is in trouble (${failure})`;
}

/**
 * What must be read before the page is believed; empty when all is well. As on the wall, three missed polls make it late, and the whole
 * seconds of HTTP's dates may make it two seconds too old.
 *
 * @param {Shown} shown
 * @param {number} now
 */
export function warning({ page, pollS, made = 0, seen = 0, failure }, now) {
  if (failure === 404) return `There is no such pipeline${page ? ' any more.' : ', or not any more.'}`;
  if (!page) return failure === undefined ? 'Loading its runs …' : `This page can't be shown: ${cause(failure)}. It tries again by itself.`;
  if (seconds(Math.max(made, seen), now) <= 3 * pollS + 2) return '';
  const why = failure === undefined ? 'the server answers with old data' : cause(failure);
  return `This page is ${long(seconds(made, now))} old: ${why}. It tries again by itself.`;
}

/**
 * How many milliseconds to wait for the next try after so many failures in a row.
 *
 * @param {number} failures
 * @param {number} pollS
 * @param {number} random from 0 to 1
 */
export function waitMs(failures, pollS, random) {
  const usual = 1000 * pollS;
  if (failures === 0) return usual;
  return Math.min(usual * 2 ** Math.min(failures - 1, 10), Math.max(LONGEST_MS, usual)) * (0.75 + random / 2);
}
