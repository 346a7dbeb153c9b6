// Inside another page: tells it how high a frame shows everything at a good size (see docs/embed.md).
(function () {
  var told;
  function tell() {
    var height = +document.documentElement.dataset.wish;
    if (!height || height === told) return;
    told = height;
    parent.postMessage({ type: 'pipelines-dashboard', height: height }, '*');
  }
  new MutationObserver(tell).observe(document.documentElement, { attributes: true, attributeFilter: ['data-wish'] });
  tell();
})();
