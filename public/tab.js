// What every wall can do without at first: a pipeline's page, settings, keys, a filter that stays in the address and knows what may be typed, a title and an icon that tell the worst state, and
// changes of states for those who hear the wall. All of it from what is on the page.
(function () {
  var box = function () { return document.getElementById('filter'); };
  var title = document.querySelector('h1').textContent;
  var COLOURS = { failed: 'd62b2f', waiting: 'a86200', running: '1f6fd6', stopped: '66727e', unknown: '66727e', passed: '2f7d57' };

  // The counts stand in the header from the worst state on.
  function tellTab() {
    var worst = document.querySelector('header [data-mark]');
    var state = worst ? worst.dataset.mark : 'unknown';
    var count = worst ? document.querySelector('header li strong').textContent : '?';
    var live = document.querySelector('[data-live]').dataset.live;
    var words = (live === 'stale' ? 'no data' : worst ? count + ' ' + state : '');
    if (document.title === (words ? words + ' · ' + title : title)) return;
    document.title = words ? words + ' · ' + title : title;
    document.getElementById('icon').href = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><path fill='%23" +
      COLOURS[live === 'stale' ? 'unknown' : state] + "' d='" + (state === 'failed' ? 'M7 0h10l7 7v10l-7 7H7l-7-7V7z' : state === 'waiting' ? 'M0 0h24v24H0z' : 'M12 0a12 12 0 1 1-.1 0z') +
      "'/><text x='12' y='17' font-size='14' font-family='sans-serif' font-weight='700' text-anchor='middle' fill='%23fff'>" +
      (live === 'stale' ? '?' : state === 'passed' ? '✓' : count.length > 2 ? '99' : count) + '</text></svg>';
  }
  new MutationObserver(tellTab).observe(document.getElementById('header'), { subtree: true, childList: true, characterData: true, attributes: true });
  tellTab();

  var tiles = document.getElementById('tiles');
  // Rings and pulses that go in step take one frame for all: docs/decisions/053-movement-in-step.md. Told before they begin; browsers before
  // Chromium 84 have no way to.
  function keepStep() {
    if (!tiles.getAnimations) return;
    var now = document.timeline.currentTime;
    tiles.getAnimations({ subtree: true }).forEach(function (animation) {
      var name = animation.animationName;
      if (name === 'turn' && animation.startTime !== 0) animation.startTime = 0;
      if (name === 'pulse' && animation.startTime === null) animation.startTime = now - now % 50;
    });
  }
  keepStep();
  var asked;
  function keepStepSoon() {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(keepStep);
  }

  // States only; ages change all the time.
  new MutationObserver(function (changes) {
    keepStepSoon();
    var news = changes.filter(function (change) {
      return change.target.matches('[data-pipeline]') && change.oldValue !== change.target.dataset.status;
    }).map(function (change) {
      return change.target.querySelector('h2') ? change.target.querySelector('h2').title + ' ' + change.target.dataset.status : '';
    }).filter(Boolean);
    if (news.length) document.getElementById('news').textContent = news.join(', ');
  }).observe(tiles, { subtree: true, attributes: true, attributeFilter: ['data-status'], attributeOldValue: true });

  // A tile whose place in the order changes leaves the page for a moment, and the focus with it.
  var focused = '';
  document.addEventListener('focusin', function (event) {
    var tile = event.target.closest('[data-pipeline]');
    focused = tile ? tile.dataset.pipeline : '';
  });
  document.addEventListener('pointerdown', function () { focused = ''; });
  new MutationObserver(function () {
    keepStepSoon();
    if (!focused || document.activeElement !== document.body) return;
    var link = document.querySelector('[data-pipeline="' + CSS.escape(focused) + '"] a');
    if (link) link.focus({ preventScroll: true });
  }).observe(tiles, { childList: true });

  // A pipeline's page is a script of its own, for whoever opens one.
  var page = document.querySelector('[data-page]').dataset.page;
  function open() {
    if (!new URLSearchParams(location.hash.slice(1)).has('p')) return;
    import(new URL(page, document.baseURI).href).catch(function (error) {
      // What boot.js starts again after.
      throw new WebAssembly.RuntimeError(error);
    });
  }
  addEventListener('hashchange', open);
  open();

  if (!box()) return;

  // What may be typed next, from the newest rows.
  var terms = Object.keys(COLOURS).map(function (state) { return 'status:' + state; });
  document.addEventListener('focusin', function (event) {
    if (event.target !== box()) return;
    var key = new URLSearchParams(location.hash.slice(1)).get('key');
    fetch('data', { headers: key ? { authorization: 'Bearer ' + key } : {} })
      .then(function (answer) { return answer.json(); })
      .then(function (rows) {
        var found = {};
        rows.forEach(function (row) {
          var id = row.id.split(':');
          [['author', (row.change || {}).author], ['stage', row.stage], ['account', id[2]], ['region', id[1]], ['source', id[0]], ['prefix', row.name.split(/[-_./]/)[0]]].forEach(function (pair) {
            if (pair[1] && pair[1].indexOf('"') < 0) found[pair[0] + ':' + (/[ ,]/.test(pair[1]) ? '"' + pair[1] + '"' : pair[1])] = true;
          });
        });
        terms = terms.slice(0, 6).concat(Object.keys(found).sort());
        suggest();
      })
      .catch(function () {});
    suggest();
  });

  function suggest() {
    var list = document.getElementById('suggestions');
    var parts = /^(.*[ ])?(-?)([^ ]*)$/.exec(box().value) || [];
    list.textContent = '';
    if (!parts[3]) return;
    terms.filter(function (term) { return term.toLowerCase().indexOf(parts[3].toLowerCase()) === 0; }).slice(0, 12).forEach(function (term) {
      var option = document.createElement('option');
      option.value = (parts[1] || '') + parts[2] + term;
      list.appendChild(option);
    });
  }

  // The address is the whole configuration, also of a filter that was typed.
  document.addEventListener('input', function (event) {
    if (event.target !== box()) return;
    suggest();
    var options = new URLSearchParams(location.search);
    if (box().value.trim()) options.set('filter', box().value.trim());
    else options.delete('filter');
    var query = options.toString().replace(/=(?=&|$)/g, '');
    history.replaceState(history.state, '', location.pathname + (query && '?' + query) + location.hash);
  });

  function ask(text) {
    box().value = text;
    box().dispatchEvent(new Event('input', { bubbles: true }));
  }

  // A group's chip is a link to its pipelines: here nothing is loaded anew for it. "Back" asks for what was there before.
  document.addEventListener('click', function (event) {
    var link = event.target.closest('[data-group] a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState(null, '', link.search + location.hash);
    ask(new URLSearchParams(link.search).get('filter'));
  });
  addEventListener('popstate', function () {
    var asked = new URLSearchParams(location.search).get('filter') || '';
    if (asked.trim() !== box().value.trim()) ask(asked);
  });

  // A count asks for its state alone, and once more for all.
  document.addEventListener('click', function (event) {
    var count = event.target.closest('[data-filter]');
    if (!count) return;
    var words = box().value.split(/\s+/).filter(function (word) { return word && word.indexOf('status:') !== 0; });
    if (box().value.indexOf(count.dataset.filter) < 0) words.push(count.dataset.filter);
    ask(words.join(' '));
  });

  // The settings are a script of their own, which runs each time that they are opened. gear.css keeps the button's room free, so that
  // nothing moves when it comes.
  function settings() {
    var script = document.createElement('script');
    script.src = './settings.js';
    script.onload = script.onerror = function () { script.remove(); };
    document.head.appendChild(script);
  }
  var gear = document.createElement('button');
  gear.id = 'gear';
  gear.title = 'Settings (?)';
  gear.setAttribute('aria-label', 'Settings');
  gear.setAttribute('aria-haspopup', 'dialog');
  gear.innerHTML = '<svg viewBox="0 0 24 24" width="1.15em" height="1.15em"><g stroke="currentColor" stroke-linecap="butt"><circle cx="12" cy="12" r="6" stroke-width="3"/><circle cx="12" cy="12" r="9" stroke-width="4" stroke-dasharray="3.534 3.534"/></g></svg>';
  gear.addEventListener('click', settings);
  document.querySelector('header').appendChild(gear);

  var STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches('input, textarea, select')) {
      if (event.key === 'Escape' && event.target === box()) {
        ask('');
        box().blur();
      }
      return;
    }
    if (document.querySelector('[role=dialog]')) return;
    if (event.key === '/') {
      event.preventDefault();
      box().focus();
    } else if (event.key === '?') {
      settings();
    } else if (event.key === 'f') {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen().catch(function () {});
    } else if (STEPS[event.key]) {
      if (step(STEPS[event.key])) event.preventDefault();
    }
  });

  // To the nearest tile in that direction; what lies aside counts double.
  function step(way) {
    var links = Array.prototype.slice.call(document.querySelectorAll('article:not([hidden]) a'));
    var from = document.activeElement.closest && document.activeElement.closest('article');
    if (!from) {
      if (links[0]) links[0].focus();
      return true;
    }
    var here = from.getBoundingClientRect();
    var best, least = Infinity;
    links.forEach(function (link) {
      var there = link.closest('article').getBoundingClientRect();
      var x = middle(there.left, there.right) - middle(here.left, here.right);
      var y = middle(there.top, there.bottom) - middle(here.top, here.bottom);
      var ahead = x * way[0] + y * way[1];
      var beyond = way[0] ? (way[0] > 0 ? there.left >= here.right - 1 : there.right <= here.left + 1) : way[1] > 0 ? there.top >= here.bottom - 1 : there.bottom <= here.top + 1;
      if (!beyond || ahead <= 0) return;
      // What overlaps in the other direction lies straight ahead.
      var aside = way[0] ? gap(there.top, there.bottom, here.top, here.bottom) : gap(there.left, there.right, here.left, here.right);
      var far = ahead + 2 * aside;
      if (far < least) {
        least = far;
        best = link;
      }
    });
    if (best) best.focus();
    return !!best;
  }

  function middle(from, to) { return (from + to) / 2; }
  function gap(from, to, otherFrom, otherTo) { return Math.max(0, otherFrom - to, from - otherTo) + Math.abs(middle(from, to) - middle(otherFrom, otherTo)) / 4; }
})();
