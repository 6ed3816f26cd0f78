// Elements of the page.

/** Makes an element in one expression. `role` and `aria-...` are set as attributes: no Firefox before 119 reflects them. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (/^role$|-/.test(key)) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/** Sets what changed only: a screen reader would say the same again, and a focused link would be a new one. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
