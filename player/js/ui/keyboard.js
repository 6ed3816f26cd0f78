// Keys. They can be switched off in the help sheet (WCAG 2.1.4).

const KEY = 'envivo.keys';

/** Key -> name of an action (actions.js); the first of each action is the one that the help sheet names. */
export const KEYS = {
  k: 'playPause',
  ' ': 'playPause',
  l: 'goLive',
  m: 'mute',
  ArrowUp: 'louder',
  ArrowDown: 'quieter',
  f: 'fullScreen',
  p: 'pip',
  s: 'snapshot',
  i: 'numbers',
  '?': 'help',
};

/** What a key means, or null. Pure: takes an event, and the name of the element that has the focus. */
export function actionOf({key, ctrlKey, altKey, metaKey}, focused) {
  if (ctrlKey || altKey || metaKey || /^(input|select|textarea)$/i.test(focused)) return null;
  // these press what has the focus
  if (key === ' ' && /^(button|a|summary)$/i.test(focused)) return null;
  return KEYS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}

export function keysAreOn() {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

export function switchKeys(on) {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, 'off');
  } catch {
    // a browser that keeps nothing
  }
}

export function listenToKeys(actions) {
  document.addEventListener('keydown', (event) => {
    if (document.querySelector('dialog[open]')) return;
    const action = actionOf(event, document.activeElement?.nodeName ?? '');
    if (!action || !keysAreOn()) return;
    event.preventDefault(); // the page would scroll
    actions[action]();
  });
}
