// Why nothing is heard: sound that the stream has and the way in use lacks. Loaded where pictures come without sound.
import {pathCodecs} from '../lib/api.js';
import {PlaybackError} from '../lib/errors.js';

// MediaMTX's names
const NO_SOUND = new Set([
  ...['AV1', 'VP9', 'VP8', 'H265', 'H264', 'MPEG-4 Video', 'MPEG-1/2 Video', 'M-JPEG'],
  ...['KLV', 'Generic', 'MPEG-TS'],
]);
const CARRIED = {
  webrtc: new Set(['Opus', 'G722', 'G711', 'LPCM']),
  hls: new Set(['Opus', 'MPEG-4 Audio', 'MPEG-4 Audio LATM']),
};
const OTHER = {webrtc: 'hls', hls: 'webrtc'};

/**
 * Null where nothing is missing. Pure.
 * @param {string[]} tracks codecs of the stream
 * @param {string} protocol in use: webrtc or hls
 * @param {boolean} opus whether this browser plays Opus in HLS
 */
export function unheard(tracks, protocol, opus) {
  const codec = tracks.find((name) => !NO_SOUND.has(name));
  const plays = (way) => CARRIED[way].has(codec) && (way !== 'hls' || opus || codec !== 'Opus');
  if (!codec || plays(protocol)) return null;
  const other = OTHER[protocol];
  // programs that publish call it AAC
  return new PlaybackError(plays(other) ? `sound-over-${other}` : 'sound-nowhere', {
    codec: codec.replace(/^MPEG-4 Audio.*/, 'AAC'),
  });
}

/** The same of a path, as the server knows it now. Throws PlaybackError. */
export const whyUnheard = async (path, credentials, protocol, opus) =>
  unheard(await pathCodecs(path, credentials), protocol, opus);
