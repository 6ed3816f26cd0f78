// WebRTC where it connects and the network carries it, else LL-HLS, and back again.
import {asPlaybackError, PlaybackError} from '../lib/errors.js';
import {Transport} from './transport.js';

const FIRST_PICTURE_MS = 5000;
const SHORT_MS = 5000; // two sessions in a row that end sooner are no new publishers
const LOST_PICTURE_MS = 2500; // WebRTC worked a moment ago: what does not connect by now is blocked
// What HLS meets as well, or what another session over WebRTC cures. Whatever else ends WebRTC, HLS may play.
const MEETS_BOTH = new Set([
  'not-live',
  'unknown-path',
  'password',
  'unreachable',
  'restarting',
  'maintenance',
  'ended',
  'lost',
]);

export class FallbackTransport extends Transport {
  #makeWhep;
  #makeHls;
  /** @type {HlsTransport | WhepTransport | null} */
  #inUse = null;
  /** @type {WhepTransport | null} */
  #whep = null; // the last that was shown
  /** @type {HlsSide | null} */
  #hlsSide = null; // loaded when it is first needed
  #fallen = false;
  #webrtc;
  #hadPicture = false;
  #liveAt = NaN; // this session over WebRTC
  #shortOnes = 0;

  /**
   * @param {(video: HTMLVideoElement) => WhepTransport} makeWhep
   * @param {() => Promise<{hls: HlsTransport, HlsSide: HlsSideClass}>} makeHls
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
    /** @type {[PlaybackError, number, number] | null} */
    let fell = null;
    /** @type {Promise<PlaybackError> | null} */
    let returned = null;
    for (;;) {
      if (!this.#fallen) {
        const ended = this.#again(await (returned ?? this.#playWebrtc(signal)).catch(asPlaybackError));
        if (signal.aborted || MEETS_BOTH.has(ended.reason)) return ended;
        fell = [ended, performance.now() - this.#liveAt || 0, this.#whep?.fps ?? 0];
        this.release();
        this.emitSound(false);
        this.#fallen = true;
      }
      const side = await this.#loadHlsSide().catch(asPlaybackError);
      if (signal.aborted) return null;
      if (side instanceof PlaybackError) {
        this.#fallen = !this.#webrtc;
        return side;
      }
      if (fell) side.fell(...fell);
      fell = null;
      this.#inUse = side.hls;
      const {found, again, ended} = await side.play(signal);
      if (again || found) this.#fallen = !this.#webrtc;
      if (!found) return ended;
      this.#inUse = this.#whep = this.#follow(found.whep);
      this.#liveAt = performance.now();
      found.whep.leaves = true;
      found.whep.moveTo(this.video);
      this.emit('live', found.live);
      this.emitSound(found.sound);
      returned = found.ended;
    }
  }

  /** A session that is ended soon after its first picture, as the one before it was, is broken off as well. */
  #again(ended) {
    const short = ended?.reason === 'ended' && performance.now() - this.#liveAt < SHORT_MS;
    this.#shortOnes = short ? this.#shortOnes + 1 : 0;
    return this.#shortOnes > 1 ? new PlaybackError('broken-off') : ended;
  }

  get note() {
    const {hls, note = null} = this.#hlsSide ?? {};
    return hls && this.#inUse === hls ? note : (this.#inUse?.note ?? null);
  }

  release() {
    this.#hlsSide?.release();
    this.#inUse?.release();
  }

  async stats() {
    return this.#inUse?.stats() ?? null;
  }

  goLive() {
    this.#hlsSide?.forget();
    this.#inUse?.goLive();
  }

  retryNow(otherNetwork) {
    if (otherNetwork) this.#hlsSide?.forget();
    this.#inUse?.retryNow(otherNetwork);
  }

  async #playWebrtc(signal) {
    const whep = this.#follow(this.#makeWhep(this.video));
    this.#inUse = this.#whep = whep;
    this.#liveAt = NaN;
    whep.leaves = this.#hlsSide?.hadPicture ?? true;
    whep.patienceMs = this.#hadPicture ? LOST_PICTURE_MS : FIRST_PICTURE_MS;
    return whep.attempt(signal);
  }

  async #loadHlsSide() {
    if (this.#hlsSide) return this.#hlsSide;
    const {hls, HlsSide} = await this.#makeHls();
    const side = new HlsSide(this.#follow(hls), this.#makeWhep, this.video, this.#webrtc);
    this.#hlsSide = side;
    return side;
  }

  /** What a transport in use emits, this one emits. */
  #follow(inner) {
    const inUse = () => inner === this.#inUse;
    inner.addEventListener('progress', ({detail}) => {
      if (!inUse()) return;
      if (detail.step === 'live' && inner !== this.#hlsSide?.hls) {
        this.#hadPicture = true;
        this.#liveAt ||= performance.now();
      }
      this.emit(detail.step, detail, detail.cause);
    });
    inner.addEventListener('sound', ({detail}) => inUse() && this.emitSound(detail.present));
    inner.addEventListener('age', ({detail}) => inUse() && this.emitAge(detail.seconds * 1000));
    return inner;
  }
}
