// WebRTC where it connects, else LL-HLS, and back again.
import {eitherOf, pause} from '../lib/abort.js';
import {PlaybackError} from '../lib/errors.js';
import {Transport} from './transport.js';

const FIRST_PICTURE_MS = 5000;
const LOST_PICTURE_MS = 2500; // WebRTC worked a moment ago: what does not connect by now is blocked
const FIRST_LOOK_BACK_MS = 10000;
const LOOK_BACK_MS = 30000;
// What keeps pictures of WebRTC away, and not those of HLS. Anything else (nobody publishes, no server ...) meets both.
const WEBRTC_ONLY = new Set(['blocked', 'no-address', 'no-picture', 'media', 'unsupported', 'codec']);
// HLS did no better: the next attempt begins with WebRTC again.
const HLS_TOO = new Set(['media', 'no-picture', 'frozen', 'unsupported', 'incomplete', 'codec']);

const asIs = (problem) => problem;

/** Throws errors of other kinds. */
function expected(ended) {
  if (ended instanceof Error && !(ended instanceof PlaybackError)) throw ended;
  return ended;
}

export class FallbackTransport extends Transport {
  #makeWhep;
  #makeHls;
  /** @type {HlsTransport | null} */
  #hls = null;
  /** @type {HlsTransport | WhepTransport | null} */
  #inUse = null;
  /** @type {WhepTransport | null} */
  #probe = null;
  #fallen = false;
  #webrtc;
  #hadPicture = false;
  /** @type {Function} */
  #wake = () => null;

  /**
   * @param {(video: HTMLVideoElement) => WhepTransport} makeWhep
   * @param {() => Promise<HlsTransport>} makeHls
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
      const ended = await this.#playWebrtc(signal).catch(asIs);
      if (signal.aborted || !WEBRTC_ONLY.has(ended.reason)) return expected(ended);
      this.release();
      this.emitSound(false);
      this.#fallen = true;
    }
    const ended = await this.#playHls(signal).catch(asIs);
    if (HLS_TOO.has(ended?.reason)) this.#fallen = !this.#webrtc;
    return expected(ended);
  }

  release() {
    this.#probe?.release();
    this.#probe = null;
    this.#inUse?.release();
  }

  async stats() {
    return this.#inUse?.stats() ?? null;
  }

  goLive() {
    this.#inUse?.goLive();
  }

  retryNow() {
    this.#wake();
    this.#inUse?.retryNow();
  }

  async #playWebrtc(signal) {
    const whep = this.#follow(this.#makeWhep(this.video));
    this.#inUse = whep;
    whep.patienceMs = this.#hadPicture ? LOST_PICTURE_MS : FIRST_PICTURE_MS;
    return whep.attempt(signal);
  }

  /** Until HLS ends, or a second session shows that WebRTC works again; then until that one ends. */
  async #playHls(signal) {
    const hls = this.#hls ?? this.#follow(await this.#makeHls());
    this.#hls = hls;
    if (signal.aborted) return null;
    this.#inUse = hls;
    const over = new AbortController();
    const ended = hls.attempt(eitherOf(signal, over.signal)).finally(() => over.abort());
    ended.catch(() => null); // handled below
    const found = await this.#lookBack(signal, eitherOf(signal, over.signal));
    if (!found) return ended;
    over.abort();
    await ended.catch(() => null);
    hls.release();
    this.#fallen = false;
    this.#inUse = this.#follow(found.whep);
    found.whep.moveTo(this.video);
    this.emit('live', found.live);
    this.emitSound(found.sound);
    return found.ended;
  }

  /**
   * Tries WebRTC now and then, in a hidden <video>; resolves with a session that has a picture.
   * @param {AbortSignal} signal of that session
   * @param {AbortSignal} search of the search
   */
  async #lookBack(signal, search) {
    for (let wait = FIRST_LOOK_BACK_MS; ; wait = LOOK_BACK_MS) {
      await Promise.race([pause(wait, search), new Promise((wake) => (this.#wake = wake))]);
      if (search.aborted) return null;
      if (document.hidden || !this.#webrtc) continue;
      const found = await this.#tryWebrtc(signal, search);
      if (found || search.aborted) return found;
    }
  }

  async #tryWebrtc(signal, search) {
    const whep = this.#makeWhep(unseen());
    this.#probe = whep;
    whep.patienceMs = FIRST_PICTURE_MS;
    /** @type {{whep, live, sound: boolean, ended}} */
    const found = {whep, live: null, sound: false, ended: null};
    whep.addEventListener('sound', ({detail}) => (found.sound = detail.present));
    const live = new Promise((resolve) => {
      whep.addEventListener('progress', ({detail}) => {
        if (detail.step !== 'live') return;
        found.live = detail;
        resolve(true);
      });
      search.addEventListener('abort', () => resolve(false));
    });
    found.ended = whep.attempt(signal);
    const failed = found.ended.then(
      () => false,
      () => false,
    );
    const works = (await Promise.race([live, failed])) && !search.aborted;
    this.#probe = null;
    if (works) return found;
    whep.release();
    return null;
  }

  /** What a transport in use emits, this one emits. */
  #follow(inner) {
    inner.addEventListener('progress', ({detail}) => {
      if (inner !== this.#inUse) return;
      if (detail.step === 'live' && inner !== this.#hls) this.#hadPicture = true;
      this.emit(detail.step, detail);
    });
    inner.addEventListener('sound', ({detail}) => inner === this.#inUse && this.emitSound(detail.present));
    return inner;
  }
}

const unseen = () => Object.assign(document.createElement('video'), {muted: true, autoplay: true, playsInline: true});
