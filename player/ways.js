// Which way to play belongs to which mode.
import {Auto} from './auto.js';
import {capabilitiesOf} from './capabilities.js';
import {Ended} from './outcomes.js';
import {playlistUrl, whepUrl} from './paths.js';
import {Whep} from './whep.js';

/** Resolves with a way (way.js). */
export async function wayOf(mode, video, path, credentials) {
  const whep = (shown) => new Whep(shown, whepUrl(path), credentials);
  // loaded by those who need it
  const hls = async () => {
    const {HlsWay} = await import('./hls_client.js').catch(() => {
      throw new Ended('incomplete', {detail: 'hls_client.js'});
    });
    return new HlsWay(video, playlistUrl(path), credentials);
  };
  if (mode === 'webrtc') return whep(video);
  if (mode === 'hls') return hls();
  return new Auto(video, credentials, whep, hls, capabilitiesOf().webrtc);
}
