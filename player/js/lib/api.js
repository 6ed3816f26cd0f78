// Questions to the origin about its paths and their recordings.
const HEADERS = {'x-requested-with': 'envivo'}; // a page asks, which handles 401 itself: no native password prompt

/** @returns {Promise<Response | null>} null where the server cannot be reached */
export async function ask(url, credentials, headers = {}, signal = undefined) {
  // omit: Caddy would keep the order of a listing in a cookie, and who may ask is said here
  const request = {headers: {...HEADERS, ...credentials.headers, ...headers}, signal, cache: 'no-store', credentials: 'omit'};
  return fetch(url, request).catch(() => null);
}

/** What an answer means for who asked. */
export function outcomeOf(response) {
  if (!response) return 'unreachable';
  if (response.ok) return 'answered';
  return {401: 'locked', 404: 'none'}[response.status] ?? 'restarting';
}

/** @returns {Promise<{outcome: string, paths: {name: string, locked: boolean, recordings_locked: boolean}[]}>} */
export async function listed(credentials) {
  const response = await ask('/api/paths', credentials);
  const outcome = outcomeOf(response);
  return {outcome, paths: outcome === 'answered' ? await response.json() : []};
}

/** `state` is live, offline, or why it cannot be told: locked, unreachable, restarting. */
export async function statusOf(path, credentials) {
  const response = await ask(`/api/paths/${path}`, credentials);
  const outcome = outcomeOf(response);
  if (outcome !== 'answered') return {state: outcome === 'none' ? 'restarting' : outcome, since: null, viewers: 0};
  const {live, since, viewers} = await response.json();
  return live ? {state: 'live', since: new Date(since), viewers} : {state: 'offline', since: null, viewers: 0};
}
