// @ts-check
// The shapes that tell the states apart without any colour, as src/view/mark.rs draws them.

import { make } from './dom.mjs';

/** @typedef {import('./document.mjs').State} State */

const CROSS = 'M9.2 6.8l2.8 2.8 2.8-2.8 2.4 2.4-2.8 2.8 2.8 2.8-2.4 2.4-2.8-2.8-2.8 2.8-2.4-2.4 2.8-2.8-2.8-2.8z';
const BARS = 'M7 5.5h3.4v13H7zM13.6 5.5h3.4v13h-3.4z';
const RING = 'M12 1.4a10.6 10.6 0 1 1-.1 0z';

/** @type {Record<State, string[]>} */
const SHAPES = {
  failed: [`M7 0h10l7 7v10l-7 7H7l-7-7V7z${CROSS}`],
  waiting: [`M4 0h16a4 4 0 0 1 4 4v16a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z${BARS}`],
  running: ['M12 2a10 10 0 1 1-10 10', 'M2 12A10 10 0 0 1 12 2'],
  stopped: [`${RING}M7.5 12h9`],
  unknown: [`${RING}M9.8 12h4.4`],
  passed: [`${RING}M7 12.4l3.5 3.6L17 8.6`],
};

/** @param {State} state @param {string} viewBox @param {string[]} shapes */
function drawn(state, viewBox, shapes) {
  return make('svg', { viewBox, role: 'img', 'aria-label': state, 'data-mark': state }, ...shapes.map((d) => make('path', { d })));
}

/** The shape of a state, with its name for those who can't see it. @param {State} state */
export function mark(state) { return drawn(state, '0 0 24 24', SHAPES[state]); }

/** The sign of what wants somebody's eye, without its frame: for a bar, which is one. @param {State} state */
export function sign(state) {
  if (state === 'failed') return drawn(state, '4 4 16 16', [CROSS]);
  return state === 'waiting' ? drawn(state, '4 4 16 16', [BARS]) : undefined;
}

/** Stands before an author. */
export function person() {
  return make('svg', { viewBox: '0 0 24 24' }, make('path', { d: 'M6.6 7a5.4 5.4 0 1 1 10.8 0a5.4 5.4 0 1 1-10.8 0zM1.5 23c0-6 4.5-9 10.5-9s10.5 3 10.5 9z' }));
}
