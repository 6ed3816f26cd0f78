// Questions to the origin about its paths and their recordings.
import {PAGE_HEADERS} from './credentials.js';
import {PlaybackError} from './errors.js';

const REASONS = {401: 'password', 404: 'missing'};

/** Throws PlaybackError: unreachable, password, missing or restarting. Resolves with 416 too, the end of a range. */
export async function get(url, credentials, headers = {}, signal = undefined) {
  const response = await fetch(url, {
    headers: {...PAGE_HEADERS, ...credentials.headers, ...headers},
    signal,
    cache: 'no-store',
    credentials: 'omit', // Caddy would keep the order of a listing in a cookie, and who may ask is said here
  }).catch(() => {
    throw new PlaybackError('unreachable');
  });
  if (!response.ok && response.status !== 416) throw new PlaybackError(REASONS[response.status] ?? 'restarting');
  return response;
}

/** @returns {Promise<{name: string, locked: boolean, recordings_locked: boolean}[]>} throws PlaybackError */
export async function listPaths(credentials) {
  return (await get('/api/paths', credentials)).json();
}

/** `state` is live, offline, or why it is not known: locked, unreachable, restarting. */
export async function pathStatus(path, credentials) {
  try {
    const {live, since, viewers} = await (await get(`/api/paths/${path}`, credentials)).json();
    if (live) return {state: 'live', since: new Date(since), viewers};
    return {state: 'offline', since: null, viewers: 0};
  } catch (/** @type {any} */ {reason}) {
    return {state: {password: 'locked', unreachable: 'unreachable'}[reason] ?? 'restarting', since: null, viewers: 0};
  }
}
