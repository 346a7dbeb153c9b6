// @ts-check
// Where bars stand and how long they are. All runs are drawn on one scale, so that a slow one is seen to be slow. A stage that waited for
// a person over the weekend would make slivers of all others: what is much longer than a usual run is cut.

/** @typedef {import('./document.mjs').Run} Run */
/** @typedef {import('./document.mjs').Stage} Stage */
/** @typedef {import('./document.mjs').State} State */

/** A stage is drawn no longer than so many usual runs. */
const CUT = 3;
/** No more marks than this stand above the bars. */
const MOST_TICKS = 6;
/** Steps that people count time in, in seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

/**
 * What all bars have in common, in seconds: how long the whole width is, what is longer than drawn, and what a run usually takes:
 * half of those that passed take longer.
 *
 * @typedef {{ whole: number, cut: number, usual: number | undefined }} Scale
 */

/**
 * A piece of a run's bar, in seconds. Without a stage where only the run itself is known.
 *
 * @typedef {{ stage: Stage | undefined, status: State, length: number, drawn: number }} Piece
 */

/** Whole seconds from one moment to another; 0 where that is the earlier one. @param {number} from @param {number} to */
export function seconds(from, to) { return Math.max(0, Math.floor((to - from) / 1000)); }

/**
 * How many seconds something lasted, or lasts so far; nothing when its start or its end was never heard of.
 *
 * @param {{ status: State, started: number | undefined, ended: number | undefined, took_s?: number | undefined }} part
 * @param {number} now
 */
export function lengthOf({ status, started, ended, took_s: took }, now) {
  // Its CI may count otherwise than from start to end.
  if (took !== undefined) return took;
  const end = ended === undefined && (status === 'running' || status === 'waiting') ? now : ended;
  return started === undefined || end === undefined ? undefined : seconds(started, end);
}

/** @param {Run[]} runs @param {number} now */
function median(runs, now) {
  const lengths = runs.filter((run) => run.ended !== undefined).map((run) => lengthOf(run, now) ?? 0);
  return lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)];
}

/**
 * One scale for all these runs.
 *
 * @param {Run[]} runs
 * @param {number} now
 * @returns {Scale}
 */
export function scaleOf(runs, now) {
  const usual = median(runs.filter((run) => run.status === 'passed'), now);
  const typical = usual ?? median(runs, now);
  const cut = typical === undefined ? Infinity : CUT * Math.max(typical, 20);
  const lengths = runs.map((run) => pieces(run, cut, now).reduce((sum, { drawn }) => sum + drawn, 0));
  return { whole: Math.max(1, ...lengths), cut, usual };
}

/**
 * The bar of a run: a piece a stage.
 *
 * @param {Run} run
 * @param {number} cut
 * @param {number} now
 * @returns {Piece[]}
 */
export function pieces(run, cut, now) {
  /** @type {(Stage | undefined)[]} */
  const stages = run.stages.length > 0 ? run.stages : [undefined];
  return stages.map((stage) => {
    const lasted = lengthOf(stage ?? run, now) ?? 0;
    return { stage, status: (stage ?? run).status, length: lasted, drawn: Math.min(lasted, cut) };
  });
}

/** The seconds at which marks stand above the bars. @param {number} whole */
export function ticks(whole) {
  const step = STEPS.find((one) => Math.floor(whole / one) < MOST_TICKS) ?? whole;
  return [1, 2, 3, 4, 5].map((count) => count * step).filter((tick) => tick <= whole);
}

/** A part of the whole, at most all of it, as style sheets write it: `12.34%`. @param {number} part @param {number} whole */
export function percent(part, whole) {
  return `${((whole > 0 ? Math.min(10000, Math.floor((part * 10000) / whole)) : 0) / 100).toFixed(2)}%`;
}

/**
 * Where a part of a run stands in it.
 *
 * @param {[number, number]} run from when to when, as the part
 * @param {[number, number]} part
 */
export function place(run, part) {
  const whole = seconds(...run);
  return { left: percent(seconds(run[0], part[0]), whole), width: percent(seconds(...part), whole) };
}
