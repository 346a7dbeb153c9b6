// The settings: they make the address of a wall, for this window, for a television and for a frame in another page. Loaded and run
// anew each time that somebody opens them.
(function () {
  if (document.querySelector('[role=dialog]')) return;

  // What an address may say, as src/options.rs reads it, by its name there. Choices and numbers have a usual value, which is not written.
  const FIELDS = {
    title: { label: 'Title', usual: 'Pipelines', longest: 80 },
    theme: { label: 'Colours', choices: { auto: 'as the system has them', dark: 'dark', light: 'light' } },
    filter: { label: 'Only these pipelines', hint: 'words, "exact", -not, status: author: source: account: region: stage: prefix:' },
    sort: { label: 'Order', choices: { severity: 'the worst first', name: 'by name, each at its place', recent: 'the latest news first' } },
    group: {
      label: 'Groups',
      choices: { '': 'none', account: 'by account', region: 'by Region', source: 'by CI', prefix: 'by the first part of the name' },
      hint: 'those of a group that pass are one chip',
    },
    columns: { label: 'Beside one another', least: 1, most: 12, usual: '', hint: 'at most; empty: as many as fit' },
    authors: { label: 'Authors', choices: { on: 'shown', off: 'left out' } },
    accounts: { label: 'Names for accounts', hint: '123456789012:production, 210987654321:staging' },
    quiet: { label: 'A failure is old after', least: 1, most: 3650, usual: 7, unit: 'd', hint: 'days; then it loses its fill' },
    poll: { label: 'Asks for news every', least: 1, most: 300, usual: 5, hint: 'seconds' },
    margin: { label: 'Hidden edge', least: 0, most: 10, usual: 0, hint: 'per cent at each edge, for televisions' },
  };
  const GROUPS = { 'What is shown': ['title', 'filter', 'sort', 'group', 'columns'], 'How it is shown': ['theme', 'authors', 'accounts', 'quiet', 'poll', 'margin'] };
  const KEYS = {
    '/': 'to the filter',
    '← ↑ → ↓': 'from tile to tile',
    Enter: 'opens the pipeline',
    Esc: 'closes what is open, empties the filter',
    f: 'full screen',
    '?': 'these settings',
  };

  const box = document.getElementById('filter');
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  const present = {};
  new URLSearchParams(location.search).forEach((value, name) => { present[name] = value; });
  const before = document.activeElement;
  const filterBefore = box.value;

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => { if (value !== undefined) element.setAttribute(name, value); });
    element.append(...children);
    return element;
  }

  function control(name, { choices, least, most, longest, usual, unit }) {
    const attributes = { id: 'set-' + name, 'aria-describedby': 'hint-' + name };
    if (choices) {
      const options = Object.entries(choices).map(([value, words]) => make('option', { value }, words));
      const select = make('select', attributes, ...options);
      select.value = present[name] in choices ? present[name] : options[0].value;
      return select;
    }
    const isNumber = least !== undefined;
    const input = make('input', { ...attributes, type: isNumber ? 'number' : 'text', min: least, max: most, maxlength: longest, autocomplete: 'off', spellcheck: 'false' });
    const said = name in present ? present[name] : usual === undefined ? '' : String(usual);
    input.value = unit && said.endsWith(unit) ? said.slice(0, -unit.length) : said;
    return input;
  }

  const controls = {};
  const hints = {};
  function field(name) {
    const { label, hint } = FIELDS[name];
    controls[name] = control(name, FIELDS[name]);
    hints[name] = make('small', { id: 'hint-' + name }, hint || '');
    return make('div', {}, make('label', { for: 'set-' + name }, label), controls[name], hints[name]);
  }

  // What the address says of a field; nothing when that is what it says anyway.
  function value(name) {
    const { choices, least, usual, unit } = FIELDS[name];
    const text = controls[name].value.trim();
    if (choices) return text === Object.keys(choices)[0] ? '' : text;
    if (name === 'accounts') return pairs(text).join(',');
    if (least === undefined) return text === usual ? '' : text;
    return text === '' || Number(text) === usual ? '' : Number(text) + (unit || '');
  }

  function pairs(text) { return text.split(',').map((pair) => pair.trim()).filter(Boolean); }

  // What can't be understood, for people.
  function mistake(name) {
    const { least, most } = FIELDS[name];
    if (least !== undefined && !controls[name].validity.valid) return 'a whole number from ' + least + ' to ' + most;
    if (name === 'accounts' && !pairs(controls[name].value).every((pair) => /^[^:]+:./.test(pair))) return 'each as number:name, with commas between them';
    return '';
  }

  // The filter's mistakes are told by the wall, which shows behind the dialog what is asked for.
  function hintOf(name) {
    const told = document.getElementById('mistake');
    return name === 'filter' && told && told.textContent || mistake(name);
  }

  function address(display, ofDisplay, withKey) {
    const options = new URLSearchParams();
    if (display) options.set(display, ofDisplay);
    Object.keys(FIELDS).forEach((name) => { if (value(name) && !mistake(name)) options.set(name, value(name)); });
    const query = options.toString().replace(/=(?=&|$)/g, '');
    return location.origin + location.pathname + (query && '?' + query) + (withKey ? '#key=' + encodeURIComponent(key) : '');
  }

  // The browser knows how attributes are written.
  function frame(source) {
    const element = make('iframe', { src: source, width: 900, height: 480, title: controls.title.value.trim() || FIELDS.title.usual });
    element.style.border = '0';
    return element.outerHTML;
  }

  const withKey = make('input', { id: 'set-key', type: 'checkbox' });
  const transparent = make('input', { id: 'set-transparent', type: 'checkbox' });
  const copied = make('p', { role: 'status' });
  const LINKS = {
    'A link to this wall': () => address('', '', withKey.checked),
    'A link for a television': () => address('kiosk', '', withKey.checked),
    'A frame for another page': () => frame(address('embed', transparent.checked ? 'transparent' : '', withKey.checked)),
  };
  const links = Object.entries(LINKS).map(([label, write], index) => {
    const id = 'link-' + index;
    const text = make('input', { id, readonly: '' });
    const button = make('button', { type: 'button', 'aria-label': 'Copy: ' + label }, 'Copy');
    button.addEventListener('click', () => {
      if (toMistake()) return;
      text.focus();
      text.select();
      // The clipboard's newer interface is for pages that came by https alone.
      copied.textContent = document.execCommand('copy') ? label + ' is copied' + (key ? withKey.checked ? ', with the access key.' : ', without the access key.' : '.') : 'The browser does not let it be copied; the text is selected.';
      button.focus();
    });
    return { text, write, row: make('div', { class: 'link' }, make('label', { for: id }, label), text, button) };
  });

  function update() {
    Object.keys(FIELDS).forEach((name) => {
      const wrong = hintOf(name);
      hints[name].textContent = wrong || FIELDS[name].hint || '';
      if (wrong) controls[name].setAttribute('aria-invalid', 'true');
      else controls[name].removeAttribute('aria-invalid');
    });
    links.forEach(({ text, write }) => { text.value = write(); });
  }

  // Whether there was one to go to.
  function toMistake() {
    const wrong = Object.keys(FIELDS).find(mistake);
    if (wrong) controls[wrong].focus();
    return !!wrong;
  }

  const note = document.querySelector('#banner p:not([role])');
  const dialog = make(
    'dialog',
    { id: 'settings', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'settings-name', tabindex: -1 },
    make(
      'form',
      {},
      make('div', { class: 'top' }, make('h2', { id: 'settings-name' }, 'Settings'), make('button', { type: 'button', 'aria-label': 'Close', title: 'Close (Esc)' }, '×')),
      ...(note && note.textContent ? [make('p', { class: 'wrong' }, note.textContent)] : []),
      ...Object.entries(GROUPS).map(([legend, names]) => make('fieldset', {}, make('legend', {}, legend), ...names.map(field))),
      make(
        'fieldset',
        { class: 'wide' },
        make('legend', {}, 'Links with these settings'),
        ...links.map(({ row }) => row),
        make('p', {}, transparent, make('label', { for: 'set-transparent' }, 'The page around the frame shines through')),
        ...(key ? [make('p', {}, withKey, make('label', { for: 'set-key' }, 'With the access key: whoever has such a link, or sees it, can open the wall'))] : []),
        copied,
      ),
      make('fieldset', { class: 'wide' }, make('legend', {}, 'Keys'), make('ul', {}, ...Object.entries(KEYS).map(([name, words]) => make('li', {}, make('kbd', {}, name), words)))),
      make('div', { class: 'bottom' }, make('button', {}, 'Apply to this window')),
    ),
  );

  dialog.addEventListener('input', (event) => {
    if (event.target === controls.filter) box.value = event.target.value;
    else event.stopPropagation();
    update();
  });
  dialog.querySelector('form').noValidate = true;
  dialog.addEventListener('submit', (event) => {
    event.preventDefault();
    // boot.js takes what is submitted for a key.
    event.stopPropagation();
    if (toMistake()) return;
    const there = new URL(address('', '', false));
    if (there.search === location.search) return dialog.close();
    there.hash = location.hash;
    location.assign(there);
  });
  dialog.querySelector('.top button').addEventListener('click', () => dialog.close());
  const watching = new MutationObserver(update);
  dialog.addEventListener('close', () => {
    watching.disconnect();
    dialog.remove();
    // What was tried out is undone. Not from the box, which would write it into the address.
    if (box.value !== filterBefore) {
      box.value = filterBefore;
      document.body.dispatchEvent(new Event('input', { bubbles: true }));
    }
    before.focus();
  });

  document.body.appendChild(dialog);
  update();
  watching.observe(document.getElementById('mistake'), { childList: true, characterData: true, subtree: true });
  dialog.showModal();
  dialog.focus();
})();
