// The sheet of keys: a dialog, which the browser itself closes by Escape and keeps the focus in.
import {element} from '../lib/elements.js';
import {KEYS, keysAreOn, switchKeys} from './keyboard.js';

/** Resolves once its style is there, or cannot be had. */
export async function buildHelp(t) {
  const style = element('link', {rel: 'stylesheet', href: 'css/help.css'});
  await new Promise((done) => document.head.append(Object.assign(style, {onload: done, onerror: done})));
  const names = new Map();
  for (const [key, action] of Object.entries(KEYS)) names.set(action, [...(names.get(action) ?? []), key]);
  const rows = [...names].map(([action, keys]) => {
    const shown = keys.flatMap((key) => [element('kbd', {textContent: keyName(t, key)}), ' ']);
    return element('div', {}, element('dt', {}, ...shown), element('dd', {textContent: t(`key.${action}`)}));
  });
  const title = element('h2', {id: 'help-title', textContent: t('help.title')});
  const on = element('input', {type: 'checkbox', checked: keysAreOn()});
  on.addEventListener('change', () => switchKeys(on.checked));
  const close = element('button', {type: 'button', className: 'close', textContent: t('help.close')});
  const dialog = element(
    'dialog',
    {className: 'help'},
    title,
    element('dl', {}, ...rows),
    element('label', {className: 'switch'}, on, ' ', t('help.keys')),
    element('p', {textContent: t('help.touch')}),
    close,
  );
  dialog.setAttribute('aria-labelledby', title.id);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', ({target}) => target === dialog && dialog.close());
  return dialog;
}

function keyName(t, key) {
  if (key === ' ') return t('help.space');
  return {ArrowUp: '↑', ArrowDown: '↓'}[key] ?? key.toUpperCase();
}
