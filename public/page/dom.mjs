// @ts-check
// Elements, and how the page is brought to look like new ones. Text is only ever set as text.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, string | undefined>} attributes
 * @param {(Node | string | undefined)[]} children
 */
export function make(tag, attributes, ...children) {
  const element = tag === 'svg' || tag === 'path' ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** With a style of its own, which a content security policy forbids to the attribute. @param {Element} element @param {Record<string, string>} styles */
export function styled(element, styles) {
  Object.assign(/** @type {HTMLElement} */ (element).style, styles);
  return element;
}

/** What is the same element before and after: a run is known by its id. @param {Node} node */
function kind(node) { return `${node.nodeName} ${node instanceof Element ? node.getAttribute('data-key') ?? '' : ''}`; }

/**
 * Makes an element look like a new one and changes only what differs, so that focus, selection and the place one has scrolled to stay.
 *
 * @param {Node} old
 * @param {Node} fresh
 */
export function change(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!(old instanceof Element && fresh instanceof Element)) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (name === 'style') /** @type {HTMLElement} */ (old).style.cssText = value;
    else if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const left = [...old.childNodes];
  const pairs = [...fresh.childNodes].map((child) => {
    const index = left.findIndex((other) => kind(other) === kind(child));
    return { child, before: index < 0 ? undefined : left.splice(index, 1)[0] };
  });
  // What is moved loses the focus: so what goes, goes first.
  for (const gone of left) gone.remove();
  let next = old.firstChild;
  for (const { child, before } of pairs) {
    if (before) change(before, child);
    if (before && before === next) next = next.nextSibling;
    else old.insertBefore(before ?? child, next);
  }
}
