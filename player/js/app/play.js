// Plays what the address names: makes the way of playing, and what keeps it going.
import {playlistUrl, whepUrl} from '../lib/address.js';
import {Auto} from '../transport/fallback.js';
import {capabilitiesOf} from '../transport/capabilities.js';
import {observe} from './debug.js';
import {Ended} from '../lib/errors.js';
import {Playback} from './playback.js';
import {Whep} from '../webrtc/whep.js';

const TOLD_MS = 300;

/**
 * Returns a Playback, or null where the address names no possible path.
 * @param {Negotiation | null} begun the first session over WebRTC
 * @param {() => number | null} shownAt when its first picture was shown, in ms since the page was loaded
 */
export function play({mode, path, credentials, begun, video, shownAt}) {
  if (path === null) return null;
  const playback = new Playback(wayOf(mode, video, path, credentials, begun), shownAt);
  observe(playback, {mode, path});
  playback.start();
  return playback;
}

/** A picture that is there already would else be greyed until the first state but `connecting` is told. */
export async function told(playback, shownAt) {
  if (shownAt() === null || playback.state !== 'connecting') return;
  const news = new Promise((resolve) => playback.addEventListener('state', resolve, {once: true}));
  await Promise.race([news, new Promise((resolve) => setTimeout(resolve, TOLD_MS))]);
}

/**
 * A way (way.js).
 * @param {Negotiation | null} begun with the server, for the first that plays over WebRTC
 */
function wayOf(mode, video, path, credentials, begun) {
  const whep = (shown) => {
    const made = new Whep(shown, whepUrl(path), credentials, begun);
    begun = null;
    return made;
  };
  // loaded by those who need it
  const hls = async () => {
    const {HlsWay} = await import('../hls/client.js').catch(() => {
      throw new Ended('incomplete', {detail: 'hls/client.js'});
    });
    return new HlsWay(video, playlistUrl(path), credentials);
  };
  if (mode === 'webrtc') return whep(video);
  const webrtc = mode !== 'hls' && capabilitiesOf().webrtc;
  if (!webrtc) begun?.close();
  return new Auto(video, credentials, whep, hls, webrtc);
}
