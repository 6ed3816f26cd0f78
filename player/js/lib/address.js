// What the address of the page says, and the addresses of a path's streams: all on the page's own origin. Pure.

export const MODES = ['auto', 'webrtc', 'hls'];

/**
 * @returns {{mode: string, embed: boolean, controls: boolean, numbers: boolean, muted: boolean, volume: number}} what
 *   `?mode=auto|webrtc|hls&embed=1&controls=0&numbers=1&muted=0&volume=0.5` says; nonsense counts as not said
 */
export function settingsOf(search) {
  const said = new URLSearchParams(search);
  const volume = Number(said.get('volume') ?? 1);
  return {
    mode: MODES.includes(said.get('mode')) ? said.get('mode') : MODES[0],
    embed: said.get('embed') === '1',
    controls: said.get('controls') !== '0',
    numbers: said.get('numbers') === '1',
    muted: said.get('muted') !== '0',
    volume: volume >= 0 && volume <= 1 ? volume : 1,
  };
}

/** The same address with some values changed; null takes one out. Slashes of a path stay readable. */
export function searchWith(search, changes) {
  const said = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) said.delete(name);
    else said.set(name, value);
  }
  const text = said.toString().replaceAll('%2F', '/');
  return text && `?${text}`;
}

export const DEFAULT_PATH = 'webcam';

const SEGMENT = /^[A-Za-z0-9_.-]+$/;

/** The path that `?path=` names, or null when MediaMTX could have no path of that name. */
export function pathOf(search) {
  const path = new URLSearchParams(search).get('path') || DEFAULT_PATH;
  const well = path.split('/').every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..');
  return well ? path : null;
}

export const whepUrl = (path) => `/webrtc/whep/${path}`;

export const playlistUrl = (path) => `/hls/${path}/index.m3u8`;

export const pageUrl = (page, path) => (path === DEFAULT_PATH ? page : `${page}?path=${path}`);

export const recordingsUrl = (path) => `recordings.html?path=${path}`;
