// Starts the program, and does what the program cannot do itself: fetch the first answer while the program loads, start it again after
// a failure, and load a new version of the site. Nobody walks to a television.
(() => {
  const RETRY_MIN_MS = 5_000;
  const RETRY_MAX_MS = 300_000;
  const ANSWER_TIMEOUT_MS = 15_000;
  const START_TIMEOUT_MS = 120_000;
  /** A program that has run for so long starts again without a longer pause. */
  const STABLE_MS = 600_000;
  const VERSION_CHECK_MS = 60_000;

  /** @typedef {{ default: (options: { module_or_path: Promise<Response> }) => Promise<unknown> }} Program */
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const query = new URLSearchParams(location.search);

  // Before the first paint.
  const theme = query.get('theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  if (query.get('embed') === 'transparent') document.documentElement.dataset.transparent = '';

  // The program's first poll takes this answer and reports its failure.
  const firstAnswer = fetchFirstAnswer();
  firstAnswer.catch(() => undefined);
  Object.assign(window, { firstAnswer });
  void start();

  async function fetchFirstAnswer() {
    const key = new URLSearchParams(location.hash.slice(1)).get('key');
    const timeout = new AbortController();
    setTimeout(() => { timeout.abort(); }, ANSWER_TIMEOUT_MS);
    const response = await fetch('data', { cache: 'no-store', signal: timeout.signal, headers: key ? { authorization: `Bearer ${key}` } : {} });
    return [response, await response.arrayBuffer()];
  }

  async function start() {
    // A program that never arrives counts as one that cannot start.
    const timeout = setTimeout(startAgain, START_TIMEOUT_MS);
    try {
      const wasm = fetch(script.dataset.wasm ?? '');
      // Relative to the page; import() alone is relative to this script.
      const url = new URL(script.dataset.js ?? '', document.baseURI).href;
      await import(url).then((/** @type {Program} */ program) => program.default({ module_or_path: wasm }));
      clearTimeout(timeout);
    } catch (error) {
      const text = document.querySelector('section p');
      if (text) text.textContent = `The wall could not start and will retry automatically: ${String(error)}`;
      startAgain();
      throw error;
    }
  }

  // The program's memory cannot be trusted after a trap.
  addEventListener('error', ({ error }) => { startAgainAfterTrap(error); });
  addEventListener('unhandledrejection', ({ reason }) => { startAgainAfterTrap(reason); });

  /** @param {unknown} error */
  function startAgainAfterTrap(error) {
    if (error instanceof WebAssembly.RuntimeError) startAgain();
  }

  // The pauses double from load to load: 5 s, 10 s, 20 s … 5 min. A frame may have no access to storage.
  let isStartingAgain = false;
  function startAgain() {
    if (isStartingAgain) return;
    isStartingAgain = true;
    let restarts = 0;
    try {
      restarts = Number(sessionStorage.getItem('restarts'));
      sessionStorage.setItem('restarts', String(restarts + 1));
    } catch { /* The pauses do not grow. */ }
    const pause = Math.min(RETRY_MIN_MS * 2 ** restarts, RETRY_MAX_MS);
    setTimeout(async function retry() {
      if (await publishedVersion() !== undefined) location.reload();
      else setTimeout(retry, pause);
    }, pause);
  }
  setTimeout(() => {
    try {
      if (!isStartingAgain) sessionStorage.removeItem('restarts');
    } catch { /* There is nothing to remove. */ }
  }, STABLE_MS);

  // Nobody reloads a television or a frame by hand; the tab of a person is left alone.
  if (query.has('kiosk') || query.has('embed')) {
    setInterval(async () => {
      const version = await publishedVersion();
      if (version !== undefined && version !== script.dataset.version) location.reload();
    }, VERSION_CHECK_MS);
  }

  /**
   * Returns the version of the site on the server, or undefined unless both page and program can be loaded: a reload during an outage
   * would end on an error page, which does not come back by itself.
   */
  async function publishedVersion() {
    try {
      const page = await fetch(location.pathname, { cache: 'no-store' });
      const text = new DOMParser().parseFromString(await page.text(), 'text/html');
      const published = /** @type {HTMLScriptElement | null} */ (text.querySelector('script[data-wasm]'));
      if (!page.ok || !published) return undefined;
      const program = await fetch(published.dataset.wasm ?? '', { method: 'HEAD' });
      return program.ok ? published.dataset.version : undefined;
    } catch {
      return undefined;
    }
  }
})();
