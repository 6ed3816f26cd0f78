// Elements of the page.

/** Makes an element in one expression. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Sets what changed only: a screen reader would say the same again, and a focused link would be a new one. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
