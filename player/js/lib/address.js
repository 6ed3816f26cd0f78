// What the address of the page says, and the addresses of a path's streams: relative to the page's folder, web/, so that they
// hold where a proxy shows the origin below a path of its own. Pure.

export const MODES = ['auto', 'webrtc', 'hls'];

/**
 * What `?mode=auto|webrtc|hls&embed=1&controls=0&numbers=1&muted=0&volume=0.5` says; nonsense counts as not said.
 * @returns {{mode: string, embed: boolean, controls: boolean, numbers: boolean, muted: boolean, volume: number}}
 */
export function settingsOf(search) {
  const query = new URLSearchParams(search);
  const volume = Number(query.get('volume') ?? 1);
  return {
    mode: MODES.find((mode) => mode === query.get('mode')) ?? MODES[0],
    embed: query.get('embed') === '1',
    controls: query.get('controls') !== '0',
    numbers: query.get('numbers') === '1',
    muted: query.get('muted') !== '0',
    volume: volume >= 0 && volume <= 1 ? volume : 1,
  };
}

/** The same address with some values changed; null takes one out. Slashes of a path stay readable. */
export function searchWith(search, changes) {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString().replaceAll('%2F', '/');
  return text && `?${text}`;
}

const DEFAULT_PATH = 'webcam';

const SEGMENT = /^[A-Za-z0-9_.-]+$/;

/** The path that `?path=` names, or null where MediaMTX could have no path of that name. */
export function pathOf(search) {
  const path = new URLSearchParams(search).get('path') || DEFAULT_PATH;
  const valid = path.split('/').every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..');
  return valid ? path : null;
}

export const whepUrl = (path) => `../webrtc/whep/${path}`;

// cookieCheck: else MediaMTX redirects, to an address that a proxy with a path of its own does not know
export const playlistUrl = (path) => `../hls/${path}/index.m3u8?cookieCheck=1`;

export const statusUrl = (path) => `../api/paths${path && `/${path}`}`;

export const filesUrl = (path, file = '') => `../recordings/${path}/${file}`;

/** User and password that an address names, and the address without them; null where it names none. */
export function credentialsIn(address) {
  const url = new URL(address);
  if (!url.username && !url.password) return null;
  const [user, password] = [url.username, url.password].map(decoded);
  url.username = url.password = '';
  return {user, password, address: url.href};
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that is one
  }
}

export const playerUrl = (path) => (path === DEFAULT_PATH ? 'player.html' : `player.html?path=${path}`);

export const recordingsUrl = (path) => `recordings.html?path=${path}`;
