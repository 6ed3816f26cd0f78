// WebRTC where it connects, else LL-HLS, and back again.
import {eitherOf} from '../lib/abort.js';
import {PlaybackError} from '../lib/errors.js';
import {Transport} from './transport.js';

const FIRST_PICTURE_MS = 5000;
const SHORT_MS = 5000; // two sessions in a row that end sooner are no new publishers
const LOST_PICTURE_MS = 2500; // WebRTC worked a moment ago: what does not connect by now is blocked
// What HLS meets as well, or what another session over WebRTC cures. Whatever else ends WebRTC, HLS may play.
const MEETS_BOTH = new Set(['not-live', 'unknown-path', 'password', 'unreachable', 'restarting', 'ended', 'lost']);
// HLS did no better: the next attempt begins with WebRTC again.
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

const asIs = (problem) => problem;

/** What the browser itself throws, in words of the page. */
function asPlaybackError(ended) {
  if (!(ended instanceof Error) || ended instanceof PlaybackError) return ended;
  return new PlaybackError('media', {detail: ended.message});
}

export class FallbackTransport extends Transport {
  #makeWhep;
  #makeHls;
  /** @type {HlsTransport | WhepTransport | null} */
  #inUse = null;
  /** @type {HlsSide | null} */
  #hlsSide = null; // loaded when it is first needed
  #fallen = false;
  #webrtc;
  #hadPicture = false;
  /** @type {number | null} */
  #pictureAt = null; // the first one of this session
  #shortOnes = 0;
  /** @type {PlaybackError | null} */
  #ended = null; // what WebRTC fell by

  /**
   * @param {(video: HTMLVideoElement) => WhepTransport} makeWhep
   * @param {() => Promise<{hls: HlsTransport, LookBack: LookBackClass}>} makeHls
   * @param {boolean} webrtc whether this browser can play it at all
   */
  constructor(video, credentials, makeWhep, makeHls, webrtc) {
    super(video, credentials);
    this.#makeWhep = makeWhep;
    this.#makeHls = makeHls;
    this.#webrtc = webrtc;
    this.#fallen = !webrtc;
  }

  async attempt(signal) {
    this.begin();
    if (!this.#fallen) {
      const ended = this.#again(asPlaybackError(await this.#playWebrtc(signal).catch(asIs)));
      if (signal.aborted || MEETS_BOTH.has(ended.reason)) return ended;
      this.release();
      this.emitSound(false);
      this.#fallen = true;
      this.#ended = ended;
    }
    const ended = asPlaybackError(await this.#playHls(signal).catch(asIs));
    const first = this.#ended;
    if (HLS_TOO.has(ended?.reason) || (first && !OF_VIEWER.has(first.reason))) {
      this.#fallen = !this.#webrtc;
      this.#ended = null;
    }
    return first && UNCLEAR.has(ended?.reason) ? first : ended;
  }

  /** A session that is ended soon after its first picture, as the one before it was, is broken off as well. */
  #again(ended) {
    const played = performance.now() - (this.#pictureAt ?? -Infinity);
    const short = ended?.reason === 'ended' && played < SHORT_MS;
    this.#shortOnes = short ? this.#shortOnes + 1 : 0;
    return this.#shortOnes > 1 ? new PlaybackError('broken-off') : ended;
  }

  get note() {
    const {hls} = this.#hlsSide ?? {};
    if (!hls || this.#inUse !== hls) return this.#inUse?.note ?? null;
    if (hls.note) return hls.note;
    return hls.reordered && this.#ended?.reason === 'broken-off' ? new PlaybackError('b-frames') : this.#ended;
  }

  /** Whether it is certain that WebRTC cannot play what HLS plays now. */
  get #hopeless() {
    return CERTAIN.has(this.note?.reason ?? '');
  }

  release() {
    this.#hlsSide?.lookBack.release();
    this.#inUse?.release();
  }

  async stats() {
    return this.#inUse?.stats() ?? null;
  }

  goLive() {
    this.#inUse?.goLive();
  }

  retryNow() {
    this.#hlsSide?.lookBack.wake();
    this.#inUse?.retryNow();
  }

  async #playWebrtc(signal) {
    const whep = this.#follow(this.#makeWhep(this.video));
    this.#inUse = whep;
    this.#pictureAt = null;
    whep.patienceMs = this.#hadPicture ? LOST_PICTURE_MS : FIRST_PICTURE_MS;
    return whep.attempt(signal);
  }

  async #loadHlsSide() {
    const {hls, LookBack} = await this.#makeHls();
    const lookBack = new LookBack(this.#makeWhep, () => this.#webrtc && !this.#hopeless);
    this.#hlsSide = {hls: this.#follow(hls), lookBack};
    return this.#hlsSide;
  }

  /** Until HLS ends, or a second session shows that WebRTC works again; then until that one ends. */
  async #playHls(signal) {
    const {hls, lookBack} = this.#hlsSide ?? (await this.#loadHlsSide());
    if (signal.aborted) return null;
    this.#inUse = hls;
    const over = new AbortController();
    const ended = hls.attempt(eitherOf(signal, over.signal)).finally(() => over.abort());
    ended.catch(() => null); // handled below
    const found = await lookBack.find(signal, eitherOf(signal, over.signal));
    if (!found) return ended;
    over.abort();
    await ended.catch(() => null);
    hls.release();
    this.#fallen = false;
    this.#ended = null;
    this.#inUse = this.#follow(found.whep);
    found.whep.moveTo(this.video);
    this.emit('live', found.live);
    this.emitSound(found.sound);
    return found.ended;
  }

  /** What a transport in use emits, this one emits. */
  #follow(inner) {
    inner.addEventListener('progress', ({detail}) => {
      if (inner !== this.#inUse) return;
      if (detail.step === 'live' && inner !== this.#hlsSide?.hls) {
        this.#hadPicture = true;
        this.#pictureAt ??= performance.now();
      }
      this.emit(detail.step, detail);
    });
    inner.addEventListener('sound', ({detail}) => inner === this.#inUse && this.emitSound(detail.present));
    return inner;
  }
}
