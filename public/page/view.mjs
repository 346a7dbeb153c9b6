// @ts-check
// All that stands in the dialog: the pipeline's runs on one scale, newest first, and one of them told in full.

import { make, styled } from './dom.mjs';
import { warning } from './feed.mjs';
import { mark, person, sign } from './mark.mjs';
import { lengthOf, percent, pieces, place, scaleOf, ticks } from './timeline.mjs';
import { exact, headline, isSaid, lasted, notes, origin, said, timeOfDay, told, trouble, when } from './words.mjs';

/** @typedef {import('./document.mjs').Action} Action */
/** @typedef {import('./document.mjs').Page} Page */
/** @typedef {import('./document.mjs').Run} Run */
/** @typedef {import('./document.mjs').Stage} Stage */
/** @typedef {import('./document.mjs').State} State */
/** @typedef {import('./timeline.mjs').Piece} Piece */
/** @typedef {import('./timeline.mjs').Scale} Scale */
/** @typedef {import('./feed.mjs').Shown} Shown */

/**
 * @param {Shown} shown
 * @param {number} now
 * @param {string | undefined} where the pipeline is
 */
export function view(shown, now, where) {
  const { page } = shown;
  const alert = make('p', { class: 'alert', role: 'alert' }, warning(shown, now));
  if (!page) return make('div', { class: 'page' }, head(undefined, shown.id, where, ''), alert);
  const scale = scaleOf(page.runs, now);
  return make(
    'div',
    { class: 'page' },
    head(page.status, page.name, where, headline(page, scale.usual, now), page.url),
    alert,
    make('div', {}, ...notes(page, now).map((words) => make('p', { class: 'note' }, words))),
    axis(scale),
    make('ul', {}, ...page.runs.map((run) => line(page, run, scale, run.id === told(shown), now))),
  );
}

/**
 * Name, what goes on, and the ways out.
 *
 * @param {State | undefined} state
 * @param {string} name
 * @param {string | undefined} where
 * @param {string} words
 * @param {string} [console]
 */
function head(state, name, where, words, console) {
  const title = make('h2', { id: 'opened-name' }, name, ...(where === undefined ? [] : [' ', make('small', {}, where)]));
  return make(
    'div',
    { class: 'head', 'data-status': state ?? 'none' },
    state && mark(state),
    make('div', {}, title, make('p', { class: 'goes-on' }, words)),
    link(console, 'Console'),
    make('button', { 'data-close': '', 'aria-label': 'Close', title: 'Close (Esc)' }, '×'),
  );
}

/** A link out of the wall. @param {string | undefined} href @param {string} words */
function link(href, words) { return href === undefined ? undefined : make('a', { href, target: '_blank', rel: 'noopener noreferrer' }, words); }

/** The marks of time above the bars. @param {Scale} scale */
function axis({ whole }) {
  const marks = ticks(whole).map((tick) => styled(make('span', {}, exact(tick)), { left: percent(tick, whole) }));
  return make('div', { class: 'line' }, make('div', { class: 'axis', 'aria-hidden': 'true' }, ...marks));
}

/**
 * @param {Page} page
 * @param {Run} run
 * @param {Scale} scale
 * @param {boolean} isTold
 * @param {number} now
 */
function line(page, run, scale, isTold, now) {
  const { message = 'a run without a commit message', author, revision } = run.change ?? {};
  const wrong = trouble(run, now);
  const who = [author, revision, run.trigger].filter(isSaid).join(' · ');
  const length = lengthOf(run, now);
  const button = make(
    'button',
    { class: 'line', 'data-run': run.id, 'aria-expanded': String(isTold) },
    mark(run.status),
    make('span', { class: 'when' }, when(run, now)),
    make('span', { class: 'change' }, make('strong', {}, message), make(wrong === undefined || run.status === 'stopped' ? 'span' : 'em', {}, wrong ?? who)),
    make('span', { class: 'track' }, ...pieces(run, scale.cut, now).map((piece) => bar(piece, scale))),
    make('span', { class: 'took' }, length === undefined ? '' : exact(length)),
  );
  return make('li', { 'data-key': run.id, 'data-status': run.status }, button, isTold ? inFull(page, run, now) : undefined);
}

/** One piece of a run's bar, with its stage's name where there is room for it. @param {Piece} piece @param {Scale} scale */
function bar({ stage, status, length, drawn }, { whole }) {
  const name = stage ? stage.name : '';
  // A hundredth of the width holds a letter.
  const hasRoom = drawn * 100 >= whole * (Array.from(name).length + 3);
  const attributes = { 'data-bar': status, title: `${name} ${status}, ${exact(length)}`, 'data-cut': drawn < length ? '' : undefined };
  return styled(make('span', attributes, sign(status), hasRoom ? name : undefined), { width: percent(drawn, whole) });
}

/** All that is known of a run: where it came from, and its stages and actions where they stand in it. @param {Page} page @param {Run} run @param {number} now */
function inFull(page, run, now) {
  /** @type {[number, number]} */
  const span = [run.started, Math.max(run.started, run.ended ?? now)];
  const { author, revision, url } = run.change ?? {};
  const who = [author, revision].filter(isSaid).join(' · ');
  const links = make(
    'p',
    { class: 'links' },
    who === '' ? undefined : make('strong', {}, author === undefined ? undefined : person(), who),
    make('span', {}, origin(run, timeOfDay(run.started), now)),
    link(url, 'Commit'),
    link(run.url, 'Run in the console'),
  );
  const stages = run.stages.map((stage) => {
    const actions = stage.actions.map((action) => actionLine(page, run, action, span, now));
    return make('li', {}, make('div', { class: 'stage', 'data-status': stage.status }, ...parts(stage, '', span, now)), make('ul', {}, ...actions));
  });
  const none = stages.length > 0 ? undefined : make('p', { class: 'none' }, 'No stage of it was heard of.');
  return make('div', { class: 'full' }, links, none, make('ul', {}, ...stages));
}

/**
 * @param {Page} page
 * @param {Run} run
 * @param {Action} action
 * @param {[number, number]} span
 * @param {number} now
 */
function actionLine(page, run, action, span, now) {
  const { status, kind = '', url } = action;
  // A log is where it is looked for; who is waited for is told where to go.
  const way = status === 'waiting' ? link(url ?? run.url ?? page.url, 'Approve in the console') : link(url, 'Log');
  const words = said(action);
  const head = make('div', { class: 'action', 'data-status': status }, ...parts(action, kind, span, now), way);
  return make('li', {}, head, words === '' ? undefined : make('p', { class: status === 'failed' ? 'error' : 'said' }, words));
}

/**
 * Shape, name, length and bar of a stage or an action.
 *
 * @param {Stage | Action} part
 * @param {string} kind
 * @param {[number, number]} span of the run
 * @param {number} now
 */
function parts(part, kind, span, now) {
  const { name, status, started, ended } = part;
  const isOpen = status === 'running' || status === 'waiting';
  const piece = started === undefined ? undefined : place(span, [started, ended ?? (isOpen ? now : started)]);
  return [
    mark(status),
    make('span', {}, make('strong', {}, name), make('small', {}, kind)),
    make('span', { class: 'took' }, lasted(part, now)),
    make('span', { class: 'track' }, piece && styled(make('span', { 'data-bar': status }), piece)),
  ];
}
