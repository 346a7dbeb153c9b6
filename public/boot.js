// Starts the wall: data, WebAssembly and its glue are fetched at the same time. Starts it again when it could not start, has died
// or is outdated, for nobody walks to a television.
(function () {
  var script = document.currentScript;
  var options = new URLSearchParams(location.search);
  var theme = options.get('theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  if (options.get('embed') === 'transparent') document.documentElement.dataset.transparent = '';
  // The first poll takes this answer. A failure is the poll's to tell.
  var key = new URLSearchParams(location.hash.slice(1)).get('key');
  var patience = new AbortController();
  setTimeout(function () { patience.abort(); }, 15000);
  window.firstAnswer = fetch('data', { cache: 'no-store', signal: patience.signal, headers: key ? { authorization: 'Bearer ' + key } : {} })
    .then(function (answer) { return answer.arrayBuffer().then(function (body) { return [answer, body]; }); });
  window.firstAnswer.catch(function () {});
  var wasm = fetch(script.dataset.wasm);
  // A program that never comes fails like one that can't.
  var late = setTimeout(startAgain, 120000);
  // Relative to the page, where a module would be relative to this script.
  import(new URL(script.dataset.js, document.baseURI).href)
    .then(function (wall) { return wall.default({ module_or_path: wasm }); })
    .then(function () {
      clearTimeout(late);
      setTimeout(loadMore, 1000);
    })
    .catch(function (error) {
      var text = document.querySelector('section p');
      if (text) text.textContent = 'This wall could not start and tries again by itself: ' + error;
      startAgain();
      throw error;
    });

  // What the wall can do without at first: keys and the filter's address, what a television needs, what a frame tells its page.
  function loadMore() {
    ['kiosk', 'embed', 'tab'].forEach(function (name) {
      if (name !== 'tab' && !options.has(name)) return;
      var more = document.createElement('script');
      more.src = './' + name + '.js';
      document.head.appendChild(more);
    });
  }

  // The wall asks for a key that is missing or wrong; it stays in the address, so that it can be kept as a bookmark. Never in the query,
  // which goes to the server: so this doesn't wait.
  function parameters() { return new URLSearchParams(location.hash.slice(1)); }
  addEventListener('submit', function (event) {
    event.preventDefault();
    var entered = parameters();
    entered.set('key', event.target.elements.key.value.trim());
    // "Back" must not lead to where there was none.
    history.replaceState(history.state, '', '#' + entered);
    begin();
  });
  // No link on the wall carries the key, for links are passed on; but the address keeps it.
  addEventListener('click', function (event) {
    var link = event.target.closest('a[href^="#"], a[href^="?"]');
    if (!key || !link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    location.href = link.search.concat(link.hash ? link.hash + '&' : '#', 'key=', encodeURIComponent(key));
  });
  // The state tells that "back" leads to the wall. Whoever changes the key by hand, or takes it away, means it: then the last known
  // wall (src/screen.rs) isn't shown either.
  addEventListener('hashchange', function () {
    history.replaceState(1, '');
    if ((parameters().get('key') || '') !== (key || '')) begin();
  });
  function begin() {
    try { localStorage.removeItem('pipelines-dashboard'); } catch (_) {}
    location.reload();
  }

  // The banner takes its room from the tiles, which follow the window's size: before it is painted, whatever made it come or grow.
  new ResizeObserver(function () { dispatchEvent(new Event('resize')); }).observe(document.getElementById('banner'));
  // Tiles glide when their order changes. When their room does, they are at their places at once.
  addEventListener('resize', function () {
    var root = document.documentElement;
    root.dataset.still = '';
    requestAnimationFrame(function () { requestAnimationFrame(function () { delete root.dataset.still; }); });
  });

  // After a trap its memory can't be trusted.
  function died(error) { if (error instanceof WebAssembly.RuntimeError) startAgain(); }
  addEventListener('error', function (event) { died(event.error); });
  addEventListener('unhandledrejection', function (event) { died(event.reason); });

  // 5 s, 10 s, 20 s … 5 min; a wall that has lived for ten minutes begins anew. Storage may be forbidden to a frame.
  var dying = false;
  function startAgain() {
    if (dying) return;
    dying = true;
    var times = 0;
    try {
      times = +sessionStorage.restarts || 0;
      sessionStorage.restarts = times + 1;
    } catch (_) {}
    var wait = Math.min(5000 * Math.pow(2, times), 300000);
    setTimeout(function again() {
      look(function () { location.reload(); }, function () { setTimeout(again, wait); });
    }, wait);
  }
  setTimeout(function () {
    try { if (!dying) sessionStorage.removeItem('restarts'); } catch (_) {}
  }, 600000);

  // Reloading while the server is in trouble would leave an error page for ever, so page and program must be there first.
  function look(good, bad) {
    fetch(location.pathname, { cache: 'no-store' })
      .then(function (page) { return page.ok ? page.text() : ''; })
      .then(function (text) {
        var found = /data-wasm=["']?([^"'\s>]+)/.exec(text);
        if (!found) throw found;
        return fetch(found[1], { method: 'HEAD' }).then(function (program) {
          if (!program.ok) throw program;
          good(text);
        });
      })
      .catch(bad);
  }

  // A person's tab is left alone.
  if (options.has('kiosk') || options.has('embed')) {
    // Of this version: what the build has put a hash into the names of.
    var parts = document.documentElement.outerHTML.match(/[\w-]+-[0-9a-f]{16}/g) || [];
    setInterval(function () {
      look(function (text) {
        if (!parts.every(function (name) { return text.indexOf(name) >= 0; })) location.reload();
      }, function () {});
    }, 60000);
  }
})();
