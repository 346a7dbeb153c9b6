// Loaded when somebody opens a pipeline's page or the settings: a second program, which draws when its style sheet is there.
import start from './pipelines-dashboard-page.js';

var wasm = fetch(new URL('./pipelines-dashboard-page_bg.wasm', import.meta.url));
export default new Promise(function (resolve, reject) {
  var style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = new URL('./page.css', import.meta.url);
  style.onload = style.onerror = function () { start({ module_or_path: wasm }).then(resolve, reject); };
  document.head.appendChild(style);
});
