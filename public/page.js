// A pipeline's page, loaded when somebody opens one: a second program draws it, and is told here what happens.
import start from './pipelines-dashboard-page.js';

const POLL_S = 5;
const PATIENCE_MS = 15000;

const wasm = fetch(new URL('./pipelines-dashboard-page_bg.wasm', import.meta.url));
const poll = Number(new URLSearchParams(location.search).get('poll'));
const pollS = poll >= 1 && poll <= 300 ? poll : POLL_S;
const root = document.documentElement;
const dialog = document.createElement('dialog');
dialog.id = 'opened';
dialog.tabIndex = -1;
dialog.setAttribute('role', 'dialog');
dialog.setAttribute('aria-modal', true);
dialog.setAttribute('aria-labelledby', 'opened-name');

// What is open, and what is known of the server: how far its clock is ahead of the monotonic one, and the failures in a row.
let id = null;
let offset = 0;
let failures = 0;
let next = 0;
let asking = null;

function parameters() { return new URLSearchParams(location.hash.slice(1)); }
function tell(...detail) { dialog.dispatchEvent(new CustomEvent('tell', { detail })); }
function now() { return offset && offset + performance.now(); }

// Follows the address. It may name another pipeline while one is open.
function turn() {
  const left = id;
  id = parameters().get('p');
  if (id === left) return;
  if (asking) asking.abort();
  if (!id) return takeOff(left);
  failures = next = 0;
  tell('open', id, pollS);
  tick();
}

function tick() {
  if (!id || document.hidden) return;
  tell('draw', now());
  // A wall that asks for the key must be seen.
  if (document.querySelector('[name=key]')) return takeOff();
  if (!dialog.isConnected) {
    document.body.appendChild(dialog);
    root.dataset.opened = '';
    dialog.showModal();
    dialog.focus();
  }
  if (!asking && performance.now() >= next) ask();
}

function takeOff(left) {
  dialog.remove();
  // Without the event that Esc brings; it is shown as a modal one the next time.
  dialog.open = false;
  delete root.dataset.opened;
  const link = left && document.querySelector('[href="#p=' + CSS.escape(left) + '"]');
  if (link) link.focus();
}

async function ask() {
  const mine = asking = new AbortController();
  const patience = setTimeout(() => mine.abort(), PATIENCE_MS);
  const key = parameters().get('key');
  let answer = ['', 0, 0];
  try {
    const response = await fetch('data/pipelines/' + encodeURIComponent(id), { cache: 'no-store', signal: mine.signal, headers: key ? { authorization: 'Bearer ' + key } : {} });
    const made = Date.parse(response.headers.get('date')) || Date.now();
    answer = [await response.text(), response.status, made];
    // What an edge has kept for a while was made before now.
    offset = Math.max(offset, made + 1000 * (response.headers.get('age') || 0) - performance.now());
  } catch (_) {}
  clearTimeout(patience);
  const isMine = asking === mine && id;
  asking = null;
  if (isMine) {
    failures = answer[1] === 200 ? 0 : failures + 1;
    next = performance.now() + 1000 * Math.max(pollS, Math.min(30, pollS * Math.pow(2, failures - 1)) * (0.75 + Math.random() / 2));
    if (!failures) next = performance.now() + 1000 * pollS;
    tell('answer', ...answer);
  }
  tick();
}

// Back to the wall it was opened from, or on to one.
function leave() {
  if (history.state) return history.back();
  const rest = parameters();
  rest.delete('p');
  location.replace('#' + rest);
}

addEventListener('hashchange', turn);
document.addEventListener('visibilitychange', () => {
  tell('seen', now());
  next = 0;
  tick();
});
// By Esc.
dialog.addEventListener('close', leave);
dialog.addEventListener('click', (event) => {
  if (event.target.closest('[data-close]')) return leave();
  const run = event.target.closest('[data-run]');
  if (!run) return;
  tell('choose', run.dataset.run);
  tick();
});

const style = document.createElement('link');
style.rel = 'stylesheet';
style.href = new URL('./page.css', import.meta.url);
style.onload = style.onerror = async () => {
  document.body.appendChild(dialog);
  try {
    await start({ module_or_path: wasm });
  } catch (error) {
    // What boot.js starts again after.
    throw new WebAssembly.RuntimeError(error);
  }
  dialog.remove();
  turn();
  setInterval(tick, 1000);
};
document.head.appendChild(style);
