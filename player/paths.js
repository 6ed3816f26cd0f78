// From the address of the page to the addresses of a path's streams. All on the page's own origin.

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
