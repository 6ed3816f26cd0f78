// Questions to the origin about its paths and their recordings.
import {statusUrl} from './address.js';
import {PAGE_HEADERS} from './credentials.js';
import {isOwn, maintenanceOf, PlaybackError} from './errors.js';

const REASONS = {401: 'password', 404: 'missing'};

/** Throws PlaybackError: unreachable, password, missing, maintenance, restarting or foreign. Resolves with 416 too, the end of a range. */
export async function get(url, credentials, headers = {}, signal = undefined) {
  const response = await fetch(url, {
    headers: {...PAGE_HEADERS, ...credentials.headers, ...headers},
    signal,
    cache: 'no-store',
    credentials: 'omit', // Caddy would keep the order of a listing in a cookie, and who may ask is said here
  }).catch(() => {
    throw new PlaybackError('unreachable');
  });
  if (response.ok || response.status === 416) return response;
  if (!isOwn((name) => response.headers.get(name))) throw foreign(response);
  const announced = response.status === 503 && maintenanceOf(await response.text().catch(() => ''));
  throw announced || new PlaybackError(REASONS[response.status] ?? 'restarting');
}

const foreign = ({status}) => new PlaybackError('foreign', {status});

/** The JSON of an answer that has the right shape: other servers have pages of their own for any address. */
export async function jsonOf(response, fits) {
  const value = await response.json().catch(() => undefined);
  if (!fits(value)) throw foreign(response);
  return value;
}

/** @returns {Promise<{name: string, locked: boolean, recordings_locked: boolean}[]>} throws PlaybackError */
export async function listPaths(credentials) {
  return jsonOf(
    await get(statusUrl(''), credentials),
    (list) => Array.isArray(list) && list.every(({name}) => typeof name === 'string'),
  );
}

/** Of a publisher, by MediaMTX's kind: `rtmpsConn` -> RTMPS; empty where the server does not say. */
const protocolOf = (kind = '') => {
  const name = kind.replace(/(Session|Conn|Source)$/, '');
  return name === 'webRTC' ? 'WebRTC' : name.toUpperCase();
};

/** Codecs of what is published to a path, in MediaMTX's names. Throws PlaybackError. */
export async function pathCodecs(path, credentials) {
  const {codecs} = await jsonOf(await get(statusUrl(path), credentials), (value) => Array.isArray(value?.codecs));
  return codecs;
}

const KNOWN = {password: 'locked', unreachable: 'unreachable', foreign: 'foreign', maintenance: 'maintenance'};

/** `state` is live, offline, or why it is not known: locked, unreachable, restarting, foreign, maintenance (`say`). */
export async function pathStatus(path, credentials) {
  try {
    const answer = await get(statusUrl(path), credentials);
    const {live, since, viewers, source} = await jsonOf(answer, (value) => typeof value?.live === 'boolean');
    if (live) return {state: 'live', since: new Date(since), viewers, over: protocolOf(source)};
    return {state: 'offline', since: null, viewers: 0};
  } catch (/** @type {any} */ {reason, params}) {
    return {state: KNOWN[reason] ?? 'restarting', since: null, viewers: 0, say: params?.say ?? ''};
  }
}
