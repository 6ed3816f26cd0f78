// Which language, and how a message gets its parameters.
import {MESSAGES} from './messages.js';

const FALLBACK = 'en';
const KEY = 'envivo.language';

export const LANGUAGES = Object.keys(MESSAGES);

/** The first of the viewer's languages that there are messages for. */
export function languageOf(preferred) {
  return preferred.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag in MESSAGES) ?? FALLBACK;
}

/** What `?lang=` says, which is kept for all pages; else what was kept; else the browser's. */
export function pageLanguage() {
  const asked = new URLSearchParams(location.search).get('lang');
  try {
    if (asked && asked in MESSAGES) localStorage.setItem(KEY, asked);
    return languageOf([asked ?? '', localStorage.getItem(KEY) ?? '', ...navigator.languages]);
  } catch {
    return languageOf([asked ?? '', ...navigator.languages]); // a browser that keeps nothing
  }
}

/** translator(language)(key, {name: value}) */
export function translator(language) {
  const messages = MESSAGES[language];
  return (key, params = {}) => messages[key].replace(/\{(\w+)\}/g, (_, name) => params[name] ?? '');
}
