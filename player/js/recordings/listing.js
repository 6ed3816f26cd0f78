// The listing of a path's recordings, as segments with their times. A name is all that is known of a file before it is read.
import {dayOf} from '../i18n/format.js';
import {filesUrl} from '../lib/address.js';
import {get, jsonOf} from '../lib/api.js';

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
 * file, which is wrong for copied files; the file itself says better once it is read.
 * @param {{is_dir: boolean, name: string, size: number, mod_time: string}[]} entries
 * @param {Date} now of the server
 */
export function segmentsOf(entries, path, now) {
  /** @type {Segment[]} */
  const segments = [];
  for (const {is_dir, name, size, mod_time} of entries) {
    const begin = is_dir ? null : beginOf(name);
    if (!begin) continue;
    const changed = new Date(mod_time);
    segments.push({
      url: filesUrl(path, encodeURIComponent(name)),
      name,
      size,
      begin,
      seconds: Math.max(0, (changed.getTime() - begin.getTime()) / 1000),
      state: size === 0 ? 'empty' : now.getTime() - changed.getTime() < GROWING_MS ? 'growing' : 'closed',
    });
  }
  segments.sort((a, b) => a.begin.getTime() - b.begin.getTime());
  // a segment that was just closed is young as well
  for (const segment of segments.slice(0, -1)) if (segment.state === 'growing') segment.state = 'closed';
  return segments;
}

/**
 * The segments of a path; none where nothing was recorded. Throws PlaybackError.
 * @param {number} few only so many, the newest; 0: all
 */
export async function listRecordings(path, credentials, few = 0) {
  const newest = few ? `?sort=namedirfirst&order=desc&limit=${few}` : '';
  try {
    const response = await get(filesUrl(path, newest), credentials, {accept: 'application/json'});
    const now = new Date(response.headers.get('date') ?? Date.now()); // the server's clock wrote the files
    const entries = await jsonOf(response, (list) => list === null || Array.isArray(list)); // null: an empty folder
    return segmentsOf(entries ?? [], path, now);
  } catch (/** @type {any} */ error) {
    if (error.reason === 'missing') return [];
    throw error;
  }
}

/** Segments by the day on which they began where the viewer is: [['2026-11-24', [...]], ...], the newest day first. */
export function byDay(segments) {
  const days = new Map();
  for (const segment of segments) {
    const day = dayOf(segment.begin);
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(segment);
  }
  return [...days].sort(([a], [b]) => (a < b ? 1 : -1));
}
