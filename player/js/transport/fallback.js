// WebRTC where it gets through, else LL-HLS, and back again: the way that chooses between the two.
import {eitherOf} from '../lib/abort.js';
import {Ended} from '../lib/errors.js';
import {pause, Way} from './transport.js';

const FIRST_PICTURE_MS = 5000;
const LOST_PICTURE_MS = 2500; // WebRTC worked a moment ago: what does not connect by now is blocked
const FIRST_LOOK_BACK_MS = 10000;
const LOOK_BACK_MS = 30000;
// What keeps pictures of WebRTC away, and not those of HLS. Anything else (nobody publishes, no server ...) meets both.
const FALLS = new Set(['blocked', 'no-address', 'no-picture', 'media', 'unsupported', 'codec']);
// HLS fared no better: the next attempt begins with WebRTC again.
const RISES = new Set(['media', 'no-picture', 'frozen', 'unsupported', 'incomplete', 'codec']);

const asIs = (problem) => problem;

/** What no way meant to say is thrown on. */
function known(ended) {
  if (ended instanceof Error && !(ended instanceof Ended)) throw ended;
  return ended;
}

export class Auto extends Way {
  #makeWhep;
  #makeHls;
  #hls = null;
  #inUse = null;
  #probe = null;
  #fallen = false;
  #webrtc;
  #hadPicture = false;
  #wake = null;

  /**
   * @param {(video: HTMLVideoElement) => Whep} makeWhep
   * @param {() => Promise<HlsWay>} makeHls
   * @param {boolean} webrtc whether this browser can play it at all
   */
  constructor(video, credentials, makeWhep, makeHls, webrtc) {
    super(video, credentials);
    this.#makeWhep = makeWhep;
    this.#makeHls = makeHls;
    this.#webrtc = webrtc;
    this.#fallen = !webrtc;
  }

  get protocol() {
    return this.#inUse?.protocol ?? null;
  }

  async attempt(signal) {
    this.begin();
    if (!this.#fallen) {
      const ended = await this.#playWebrtc(signal).catch(asIs);
      if (signal.aborted || !FALLS.has(ended.reason)) return known(ended);
      this.release();
      this.sound(false);
      this.#fallen = true;
    }
    const ended = await this.#playHls(signal).catch(asIs);
    if (RISES.has(ended?.reason)) this.#fallen = !this.#webrtc;
    return known(ended);
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
    this.#inUse?.goLive?.();
  }

  /** The network has changed, or somebody looks again: WebRTC may get through now. */
  hurry() {
    this.#wake?.();
    this.#inUse?.hurry?.();
  }

  async #playWebrtc(signal) {
    const whep = (this.#inUse = this.#pass(this.#makeWhep(this.video)));
    whep.patienceMs = this.#hadPicture ? LOST_PICTURE_MS : FIRST_PICTURE_MS;
    return whep.attempt(signal);
  }

  /** Until HLS ends, or a second session shows that WebRTC works again; then until that one ends. */
  async #playHls(signal) {
    this.#hls ??= this.#pass(await this.#makeHls());
    if (signal.aborted) return null;
    this.#inUse = this.#hls;
    const over = new AbortController();
    const hls = this.#hls.attempt(eitherOf(signal, over.signal)).finally(() => over.abort());
    hls.catch(() => null); // looked at below
    const found = await this.#lookBack(signal, eitherOf(signal, over.signal));
    if (!found) return hls;
    over.abort();
    await hls.catch(() => null);
    this.#hls.release();
    this.#fallen = false;
    this.#inUse = this.#pass(found.way);
    found.way.moveTo(this.video);
    this.tell('live', found.live);
    this.sound(found.sound);
    return found.ended;
  }

  /**
   * Tries WebRTC now and then, in a <video> that nobody sees; resolves with a session that has a picture.
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
    const way = (this.#probe = this.#makeWhep(unseen()));
    way.patienceMs = FIRST_PICTURE_MS;
    const found = {way, live: null, sound: false, ended: null};
    way.addEventListener('sound', ({detail}) => (found.sound = detail.present));
    const live = new Promise((resolve) => {
      way.addEventListener('progress', ({detail}) => {
        if (detail.step !== 'live') return;
        found.live = detail;
        resolve(true);
      });
      search.addEventListener('abort', () => resolve(false));
    });
    found.ended = way.attempt(signal);
    const failed = found.ended.then(
      () => false,
      () => false,
    );
    const works = (await Promise.race([live, failed])) && !search.aborted;
    this.#probe = null;
    if (works) return found;
    way.release();
    return null;
  }

  /** What is told of a way in use is told of this one. */
  #pass(way) {
    way.addEventListener('progress', ({detail}) => {
      if (way !== this.#inUse) return;
      if (detail.step === 'live' && way !== this.#hls) this.#hadPicture = true;
      this.tell(detail.step, detail);
    });
    way.addEventListener('sound', ({detail}) => way === this.#inUse && this.sound(detail.present));
    return way;
  }
}

const unseen = () => Object.assign(document.createElement('video'), {muted: true, autoplay: true, playsInline: true});
