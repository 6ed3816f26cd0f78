// Plays what the address names: makes the transport, and what keeps it going.
import {playlistUrl, whepUrl} from '../lib/address.js';
import {PlaybackError} from '../lib/errors.js';
import {capabilitiesOf} from '../transport/capabilities.js';
import {FallbackTransport} from '../transport/fallback.js';
import {WhepTransport} from '../webrtc/whep.js';
import {observe} from './debug.js';
import {Playback} from './playback.js';

const NOTIFIED_MS = 300;

/**
 * Returns a Playback, or null where the address names no possible path.
 * @param {{mode, path, video, credentials, earlySession: Negotiation | null, shownAt: () => number | null}} page
 */
export function play({mode, path, credentials, earlySession, video, shownAt}) {
  if (path === null) return null;
  const playback = new Playback(transportOf(mode, video, path, credentials, earlySession), shownAt);
  observe(playback, {mode, path});
  playback.start();
  return playback;
}

/** A picture that is there already would else be greyed until the first state after `connecting`. */
export async function notified(playback, shownAt) {
  if (shownAt() === null || playback.state !== 'connecting') return;
  const news = new Promise((resolve) => playback.addEventListener('state', resolve, {once: true}));
  await Promise.race([news, new Promise((resolve) => setTimeout(resolve, NOTIFIED_MS))]);
}

function transportOf(mode, video, path, credentials, earlySession) {
  const whep = (shown) => {
    const transport = new WhepTransport(shown, whepUrl(path), credentials, earlySession);
    earlySession = null;
    transport.path = path;
    return transport;
  };
  // loaded when it is first needed
  const hls = async () => {
    const parts = Promise.all([import('../hls/client.js'), import('../transport/hls_side.js')]);
    const [{HlsTransport}, {HlsSide}] = await parts.catch(() => {
      throw new PlaybackError('incomplete', {detail: 'hls/client.js'});
    });
    const transport = Object.assign(new HlsTransport(video, playlistUrl(path), credentials), {path});
    return {hls: transport, HlsSide};
  };
  if (mode === 'webrtc') return whep(video);
  const webrtc = mode !== 'hls' && capabilitiesOf().webrtc;
  if (!webrtc) earlySession?.close();
  return new FallbackTransport(video, credentials, whep, hls, webrtc);
}
