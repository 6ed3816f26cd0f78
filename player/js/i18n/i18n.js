// Which language, its messages, and how a message gets its parameters.
const WORDS = {
  en: {now: () => import('./en.js'), later: () => import('./en_later.js')},
  es: {now: () => import('./es.js'), later: () => import('./es_later.js')},
};
const FALLBACK = 'en';
const KEY = 'envivo.language';

export const LANGUAGES = Object.keys(WORDS);

/** The first of the viewer's languages that there are messages for. */
export function languageOf(preferred) {
  return preferred.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag in WORDS) ?? FALLBACK;
}

/** What `?lang=` says, which is kept for all pages; else what was kept; else the browser's. */
export function pageLanguage() {
  const asked = new URLSearchParams(location.search).get('lang');
  try {
    if (asked && asked in WORDS) localStorage.setItem(KEY, asked);
    return languageOf([asked ?? '', localStorage.getItem(KEY) ?? '', ...navigator.languages]);
  } catch {
    return languageOf([asked ?? '', ...navigator.languages]); // a browser that keeps nothing
  }
}

/** Resolves with t(key, {name: value}); `t.later()` loads what the parts say that are loaded when they are asked for. */
export async function translator(language) {
  const {now, later} = WORDS[language];
  const messages = {...(await now()).MESSAGES};
  const t = (key, params = {}) => messages[key].replace(/\{(\w+)\}/g, (_, name) => params[name] ?? '');
  return Object.assign(t, {later: async () => Object.assign(messages, (await later()).MESSAGES)});
}

/** The translator of this page. */
export const pageTranslator = () => translator(pageLanguage());
