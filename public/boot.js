// Starts the wall: data, WebAssembly and its glue are fetched at the same time.
(function () {
  var script = document.currentScript;
  var key = new URLSearchParams(location.hash.slice(1)).get('key');
  var theme = new URLSearchParams(location.search).get('theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  // The first poll takes this answer. A failure is the poll's to tell.
  window.firstAnswer = fetch('data', { cache: 'no-store', headers: key ? { authorization: 'Bearer ' + key } : {} });
  window.firstAnswer.catch(function () {});
  var wasm = fetch(script.dataset.wasm);
  // Relative to the page, where a module would be relative to this script.
  import(new URL(script.dataset.js, document.baseURI).href).then(function (wall) {
    return wall.default({ module_or_path: wasm });
  });
  // The font comes after the first paint of the tiles; the fallback has its measures.
  addEventListener('load', function () {
    requestAnimationFrame(function () {
      var font = document.createElement('link');
      font.rel = 'stylesheet';
      font.href = './font.css';
      document.head.appendChild(font);
    });
  });
})();
