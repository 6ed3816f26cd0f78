// Which language, and how a message gets its parameters.
import {MESSAGES} from './messages.js';

const FALLBACK = 'en';

/** The first of the viewer's languages that there are messages for. */
export function languageOf(preferred) {
  return preferred.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag in MESSAGES) ?? FALLBACK;
}

/** translator(language)(key, {name: value}) */
export function translator(language) {
  const messages = MESSAGES[language];
  return (key, params = {}) => messages[key].replace(/\{(\w+)\}/g, (_, name) => params[name] ?? '');
}
