// Starts the wall: data, WebAssembly and its glue are fetched at the same time.
(function () {
  var script = document.currentScript;
  var root = document.documentElement;
  var theme = new URLSearchParams(location.search).get('theme');
  if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;
  // The first poll takes this answer. A failure is the poll's to tell.
  var key = new URLSearchParams(location.hash.slice(1)).get('key');
  var patience = new AbortController();
  setTimeout(function () { patience.abort(); }, 15000);
  window.firstAnswer = fetch('data', { cache: 'no-store', signal: patience.signal, headers: key ? { authorization: 'Bearer ' + key } : {} });
  window.firstAnswer.catch(function () {});
  var wasm = fetch(script.dataset.wasm);
  // Relative to the page, where a module would be relative to this script.
  import(new URL(script.dataset.js, document.baseURI).href)
    .then(function (wall) { return wall.default({ module_or_path: wasm }); })
    .catch(function (error) {
      var text = document.querySelector('section p');
      if (text) text.textContent = 'This wall could not start: ' + error;
      throw error;
    });
})();
