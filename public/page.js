// @ts-check
// A pipeline's page, over the wall, loaded when somebody opens one: it asks for the document again and again, and draws it anew each second.

import { change } from './page/dom.mjs';
import { parse } from './page/document.mjs';
import { waitMs } from './page/feed.mjs';
import { view } from './page/view.mjs';
import { place, told } from './page/words.mjs';

/** @typedef {import('./page/feed.mjs').Shown} Shown */

const POLL_S = 5;
const PATIENCE_MS = 15000;

const options = new URLSearchParams(location.search);
const poll = Number(options.get('poll'));
const pollS = Number.isInteger(poll) && poll >= 1 && poll <= 300 ? poll : POLL_S;
const root = document.documentElement;
const dialog = document.createElement('dialog');
dialog.id = 'opened';
dialog.tabIndex = -1;
dialog.setAttribute('role', 'dialog');
dialog.setAttribute('aria-modal', 'true');
dialog.setAttribute('aria-labelledby', 'opened-name');

/** What is open. @type {Shown | undefined} */
let shown;
/** How far the server's clock is ahead of the monotonic one, in milliseconds; 0 before the first answer. */
let offset = 0;
/** Of how many requests in a row none was answered well. */
let failures = 0;
let next = 0;
/** @type {AbortController | undefined} */
let asking;

function parameters() { return new URLSearchParams(location.hash.slice(1)); }
function now() { return offset && offset + performance.now(); }

// Follows the address. It may name another pipeline while one is open.
function turn() {
  const id = parameters().get('p');
  if (shown?.id === (id ?? undefined)) return;
  asking?.abort();
  asking = undefined;
  const left = shown;
  shown = id ? { id, pollS } : undefined;
  failures = next = 0;
  if (shown) tick();
  else takeOff(left?.id);
}

function tick() {
  if (!shown || document.hidden) return;
  draw(shown);
  // A wall that asks for the key must be seen.
  if (document.querySelector('[name=key]')) {
    takeOff();
    return;
  }
  if (!dialog.isConnected) {
    document.body.appendChild(dialog);
    root.dataset.opened = '';
    dialog.showModal();
    dialog.focus();
  }
  if (!asking && performance.now() >= next) void ask(shown);
}

/** @param {Shown} what */
function draw(what) {
  const isOneOfMany = document.querySelector(`[data-pipeline="${CSS.escape(what.id)}"] small`) !== null;
  const fresh = view(what, now(), place(what.id, options.get('accounts'), isOneOfMany));
  if (dialog.firstChild) change(dialog.firstChild, fresh);
  else dialog.append(fresh);
}

/** @param {string} [left] the id of the pipeline whose tile gets the focus back */
function takeOff(left) {
  dialog.remove();
  // Without the event that Esc brings; it is shown as a modal one the next time.
  dialog.open = false;
  delete root.dataset.opened;
  /** @type {HTMLElement | null} */
  const link = left ? document.querySelector(`[href="#p=${CSS.escape(left)}"]`) : null;
  link?.focus();
}

/** @param {Shown} what */
async function ask(what) {
  const mine = (asking = new AbortController());
  const patience = setTimeout(() => { mine.abort(); }, PATIENCE_MS);
  const key = parameters().get('key');
  let [status, made, body] = [0, 0, ''];
  try {
    const response = await fetch(`data/pipelines/${encodeURIComponent(what.id)}`, { cache: 'no-store', signal: mine.signal, headers: key ? { authorization: `Bearer ${key}` } : {} });
    body = await response.text();
    status = response.status;
    made = Date.parse(response.headers.get('date') ?? '') || Date.now();
    // What an edge has kept for a while was made before now.
    offset = Math.max(offset, made + 1000 * Number(response.headers.get('age')) - performance.now());
  } catch {
    // No answer at all, or none in time: status 0.
  }
  clearTimeout(patience);
  if (asking !== mine) return;
  asking = undefined;
  const page = status === 200 ? parse(body, options.get('authors') !== 'off') : undefined;
  if (page) Object.assign(what, { page, made });
  what.failure = page ? undefined : status;
  failures = page ? 0 : failures + 1;
  next = performance.now() + waitMs(failures, pollS, Math.random());
  tick();
}

// Back to the wall it was opened from, or on to one.
function leave() {
  if (history.state) {
    history.back();
    return;
  }
  const rest = parameters();
  rest.delete('p');
  location.replace(`#${rest}`);
}

addEventListener('hashchange', turn);
document.addEventListener('visibilitychange', () => {
  if (shown) shown.seen = now();
  next = 0;
  tick();
});
// By Esc.
dialog.addEventListener('close', leave);
dialog.addEventListener('click', ({ target }) => {
  if (!shown || !(target instanceof Element)) return;
  if (target.closest('[data-close]')) leave();
  const line = target.closest('[data-run]');
  if (!line) return;
  const run = line.getAttribute('data-run');
  shown.chosen = told(shown) === run ? null : run;
  tick();
});

turn();
setInterval(tick, 1000);
