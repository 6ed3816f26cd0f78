// The listing of a path's recordings, as segments with their times. A name is all that is known of a file before it is read.
import {dayOf} from '../i18n/format.js';
import {ask, outcomeOf} from '../lib/api.js';

const NAME = /^(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)-(\d{3})\d*(Z|[+-]\d{4})\.mp4$/;
const GROWING_MS = 15000; // one that is written to is never older: a part takes a second, and a disk may be slow

/** When a segment began, by its name; null for a file of another kind. */
export function beginOf(name) {
  const match = name.match(NAME);
  if (!match) return null;
  const [, day, hours, minutes, seconds, millis, zone] = match;
  return new Date(`${day}T${hours}:${minutes}:${seconds}.${millis}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`);
}

/**
 * Entries of Caddy's listing -> segments, the oldest first. `seconds` is the time from the name to the last change of the
 * file, which is right until somebody copies recordings about; the file itself knows better once it is read.
 */
export function segmentsOf(entries, path, now) {
  const segments = entries
    .filter(({is_dir, name}) => !is_dir && beginOf(name))
    .map(({name, size, mod_time}) => {
      const begin = beginOf(name);
      const changed = new Date(mod_time);
      return {
        url: `/recordings/${path}/${encodeURIComponent(name)}`,
        name,
        size,
        begin,
        seconds: Math.max(0, (changed - begin) / 1000),
        state: size === 0 ? 'empty' : now - changed < GROWING_MS ? 'growing' : 'closed',
      };
    })
    .sort((one, other) => one.begin - other.begin);
  // a segment that was just closed is young as well
  segments.slice(0, -1).forEach((segment) => segment.state === 'growing' && (segment.state = 'closed'));
  return segments;
}

/** `few`: only the newest ones. @returns {Promise<{outcome: string, segments: object[]}>} */
export async function recordingsOf(path, credentials, few = 0) {
  const newest = few ? `?sort=namedirfirst&order=desc&limit=${few}` : '';
  const response = await ask(`/recordings/${path}/${newest}`, credentials, {accept: 'application/json'});
  const outcome = outcomeOf(response);
  if (outcome !== 'answered') return {outcome, segments: []};
  const now = new Date(response.headers.get('date') ?? Date.now()); // the server's clock wrote the files
  return {outcome, segments: segmentsOf((await response.json()) ?? [], path, now)};
}

/** Segments by the day on which they began where the viewer is: [['2026-11-24', [...]], ...], the newest day first. */
export function byDay(segments) {
  const days = new Map();
  for (const segment of segments) {
    const day = dayOf(segment.begin);
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(segment);
  }
  return [...days].sort(([one], [other]) => (one < other ? 1 : -1));
}
