// What moves from boot.js into the program.
(function () {
  var options = new URLSearchParams(location.search);
  var key = new URLSearchParams(location.hash.slice(1)).get('key');
  // What the wall can do without at first: keys and the filter's address, what a television needs, what a frame tells its page.
  (function waitForWall() {
    setTimeout(document.querySelector('h1') ? loadMore : waitForWall, 1000);
  })();
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
})();
