// HLS where WebRTC has failed: why it plays, and what happens when it ends. Loaded with HLS.
import {eitherOf} from '../lib/abort.js';
import {asPlaybackError, PlaybackError} from '../lib/errors.js';
import {LookBack} from './look_back.js';

// HLS did no better: the next attempt begins with WebRTC again, unless that has just failed and HLS had pictures.
const HLS_TOO = new Set([
  'media',
  'no-picture',
  'frozen',
  'unsupported',
  'incomplete',
  'codec',
  'no-hls',
  'refused',
  'foreign',
]);
// Of the viewer's network or browser, and so no better with the next publisher. Other causes are the stream's, or the
// server's: once HLS ends, WebRTC may play.
const OF_VIEWER = new Set(['blocked', 'no-address', 'no-picture', 'media', 'unsupported', 'codec', 'network']);
const CERTAIN = new Set(['b-frames', 'rtc-codec', 'format']);
const UNCLEAR = new Set(['refused', 'unsupported', 'no-hls']); // WebRTC said more

export class HlsSide {
  #lookBack;
  /** @type {PlaybackError | null} */
  #ended = null; // what WebRTC fell by
  hadPicture = false;

  /**
   * @param {HlsTransport} hls
   * @param {(video: HTMLVideoElement) => WhepTransport} makeWhep
   * @param {HTMLVideoElement} video
   * @param {boolean} webrtc whether this browser can play it at all
   * @param {typeof LookBack} Back for tests
   */
  constructor(hls, makeWhep, video, webrtc, Back = LookBack) {
    this.hls = hls;
    const possible = () => webrtc && !CERTAIN.has(this.note?.reason ?? '');
    this.#lookBack = new Back(makeWhep, video, possible);
    hls.addEventListener('progress', ({detail}) => {
      if (detail.step === 'live') this.hadPicture = true;
    });
  }

  /** WebRTC ended so, after so many milliseconds of pictures, of which the stream has so many a second: 0: not known. */
  fell(ended, playedMs, fps) {
    this.#ended = ended;
    this.#lookBack.fell(ended.reason === 'network', playedMs, fps);
  }

  /** What HLS itself has to say, else why it plays and not WebRTC. */
  get note() {
    if (this.hls.note) return this.hls.note;
    return this.hls.reordered && this.#ended?.reason === 'broken-off' ? new PlaybackError('b-frames') : this.#ended;
  }

  /** What was true of the network need not be true any longer. */
  forget() {
    this.#lookBack.forget();
  }

  release() {
    this.#lookBack.release();
  }

  /**
   * Until HLS ends: how, and whether the next attempt is better begun with WebRTC; or until a second session shows that
   * WebRTC is good enough again: that session.
   */
  async play(signal) {
    this.hadPicture = false;
    const over = new AbortController();
    const either = eitherOf(signal, over.signal);
    const attempt = this.hls
      .attempt(either)
      .catch(asPlaybackError)
      .finally(() => over.abort());
    const found = await this.#lookBack.find(signal, either);
    over.abort();
    const ended = await attempt;
    const first = this.#ended;
    if (found) this.hls.release();
    const tooEarly = this.hadPicture && this.#lookBack.tooEarly;
    const again = (HLS_TOO.has(ended?.reason ?? '') && !tooEarly) || Boolean(first && !OF_VIEWER.has(first.reason));
    if (found || again) this.#ended = null;
    return {found, again, ended: first && UNCLEAR.has(ended?.reason ?? '') ? first : ended};
  }
}
