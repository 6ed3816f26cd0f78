// Words of both lists: messages in the language of the viewer, times and amounts as they are written there.
import {pageLanguage, translator} from './i18n.js';
import {MESSAGES} from './list_messages.js';

export async function buildWords() {
  const language = pageLanguage();
  const region = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
  const [own, shared] = [MESSAGES[language], await translator(language)];
  await shared.later();
  const t = (key, params = {}) =>
    own[key]?.replace(/\{(\w+)\}/g, (_, name) => params[name] ?? '') ?? shared(key, params);
  const plural = new Intl.PluralRules(language);
  const format = (options) => new Intl.DateTimeFormat(region, options);
  const unit = (value, name) =>
    new Intl.NumberFormat(region, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: value < 10 ? 1 : 0,
    }).format(value);
  const time = (date) => format({timeStyle: 'medium'}).format(date);
  return {
    language,
    t,
    count: (key, count, params = {}) =>
      t(`${key}.${plural.select(count) === 'one' ? 'one' : 'other'}`, {count, ...params}),
    time,
    /** The day too, unless it is today. */
    moment: (date, now = new Date()) =>
      dayOf(date) === dayOf(now)
        ? time(date)
        : format({day: 'numeric', month: 'short', hour: 'numeric', minute: 'numeric'}).format(date),
    day: (date) => format({weekday: 'short', day: 'numeric', month: 'short'}).format(date),
    length: (seconds) => {
      if (seconds < 60) return unit(Math.round(seconds), 'second');
      const minutes = Math.round(seconds / 60);
      if (minutes < 60) return unit(minutes, 'minute');
      return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`;
    },
    size: (bytes) =>
      bytes < 1e6
        ? unit(bytes / 1e3, 'kilobyte')
        : bytes < 1e9
          ? unit(bytes / 1e6, 'megabyte')
          : unit(bytes / 1e9, 'gigabyte'),
  };
}

/** `2026-11-24`: the day where the viewer is. */
export function dayOf(date) {
  const two = (number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
