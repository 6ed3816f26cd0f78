// Which way to play belongs to which mode.
import {Auto} from './auto.js';
import {capabilitiesOf} from './capabilities.js';
import {HlsWay} from './hls_client.js';
import {playlistUrl, whepUrl} from './paths.js';
import {Whep} from './whep.js';

export function wayOf(mode, video, path, credentials) {
  const whep = (shown) => new Whep(shown, whepUrl(path), credentials);
  const hls = () => new HlsWay(video, playlistUrl(path), credentials);
  if (mode === 'webrtc') return whep(video);
  if (mode === 'hls') return hls();
  return new Auto(video, credentials, whep, hls(), capabilitiesOf().webrtc);
}
