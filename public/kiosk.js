// A television: it stays awake, fills its screen and burns nothing in.
(function () {
  // Lost with each time that the page is hidden. Refused without https, and unknown to browsers before 2020.
  function stayAwake() {
    if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request('screen').catch(function () {});
  }
  stayAwake();
  document.addEventListener('visibilitychange', stayAwake);

  // Allowed only when somebody has touched something.
  function fill() {
    if (document.fullscreenElement || !document.documentElement.requestFullscreen) return;
    document.documentElement.requestFullscreen().catch(function () {});
  }
  addEventListener('keydown', fill);
  addEventListener('click', fill);

  // Within the margin around the tiles.
  var places = [[0, 0], [3, 0], [3, 3], [0, 3], [-3, 3], [-3, 0], [-3, -3], [0, -3]];
  var place = 0;
  setInterval(function () {
    place = (place + 1) % places.length;
    // Not by a transform, for the banner stands where the window ends.
    document.body.style.margin = places[place][1] + 'px ' + -places[place][0] + 'px 0 ' + places[place][0] + 'px';
  }, 180000);
})();
