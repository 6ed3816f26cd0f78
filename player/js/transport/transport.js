// One way to play a path in one <video>: WebRTC (webrtc/whep.js), HLS (hls/client.js), or what chooses (fallback.js).
import {eitherOf, pause} from '../lib/abort.js';

const OLD_MS = 1500;
const UNHEARD_MS = 3000; // sound comes with the pictures, or soon

/**
 * `attempt(signal)` plays until something ends it: it returns or throws a PlaybackError, or anything once its signal aborts.
 * `release()` lets go of everything at once: it also runs while the page is being left and cannot wait.
 * `stats()` resolves with plain numbers, or null between attempts.
 *
 * Events: `progress` {step, protocol, transport, cause}, `sound` {present} and `age` {seconds}, of the picture: 0 while it
 * is as new as live pictures are. The steps: `accepted` by the server; `live`, a picture was decoded or they move again;
 * `frozen`, none is decoded although the server can be reached, and whose fault it is (cause.js); `silent`, nothing arrives.
 */
export class Transport extends EventTarget {
  #last = '';
  #age = 0;
  #quietAt = NaN;
  /** @type {object | null} */
  #asked = null;
  /** What is played: of a transport without one, missing sound is not explained. @type {string | null} */
  path = null;
  /** Whether this browser plays Opus in HLS. */
  opus = true;
  /** Sound that the stream has, and this way lacks. @type {PlaybackError | null} */
  unheard = null;

  /** @param {Credentials} credentials what requests say about the viewer */
  constructor(video, credentials) {
    super();
    this.video = video;
    this.credentials = credentials;
  }

  /**
   * For subclasses, as often as they like: the same step is not emitted twice.
   * @param {{protocol: string, transport?: string | null}} by
   * @param {'network' | 'camera' | null} [cause] of what is not live
   */
  emit(step, by, cause = null) {
    const {protocol, transport = null} = by;
    const news = [step, protocol, transport, cause, this.note?.reason].join(' ');
    if (news === this.#last) return;
    this.#last = news;
    this.dispatchEvent(new CustomEvent('progress', {detail: {step, protocol, transport, cause}}));
  }

  /** For subclasses, as often as they like: `ms` since what is shown was new. @param {number} [oldMs] not live then */
  emitAge(ms, oldMs = OLD_MS) {
    const seconds = ms < oldMs ? 0 : Math.round(ms / 1000);
    if (seconds === this.#age) return;
    this.#age = seconds;
    this.dispatchEvent(new CustomEvent('age', {detail: {seconds}}));
  }

  /** What is to be said of what is live: why it is not WebRTC, that it is sound only. @returns {PlaybackError | null} */
  get note() {
    return null;
  }

  /** Plays what is newest, where pictures are kept for later. */
  goLive() {}

  /** The network is another one, or the page is visible again. @param {boolean} _otherNetwork */
  retryNow(_otherNetwork) {}

  /** For subclasses: an attempt begins, of which nothing was emitted yet. */
  begin() {
    this.#last = '';
    this.#quietAt = NaN;
    this.unheard = this.#asked = null;
    this.emitAge(0);
  }

  /** For subclasses, at each look at moving pictures: where they stay silent, the server is asked once whether they should. */
  listen(heard, protocol) {
    const now = performance.now();
    if (heard) {
      this.#quietAt = NaN;
      this.unheard = this.#asked = null;
    } else if (Number.isNaN(this.#quietAt)) this.#quietAt = now;
    else if (!this.#asked && this.path !== null && now - this.#quietAt > UNHEARD_MS) {
      const asked = {};
      this.#asked = asked;
      import('./unheard.js')
        .then(({whyUnheard}) => whyUnheard(this.path, this.credentials, protocol, this.opus))
        .then(
          (why) => {
            if (this.#asked === asked) this.unheard = why;
          },
          () => null, // the pictures are worth more than an error about their sound
        );
    }
  }

  /** For subclasses: whether there is anything to hear. */
  emitSound(present) {
    this.dispatchEvent(new CustomEvent('sound', {detail: {present}}));
  }
}

/** Measures how long a counter of decoded frames has stood still: the only proof that a picture moves. */
export class FrameWatch {
  #video;
  #frames;
  #movedAt = performance.now();
  moving = false;

  /** @param {number} frames where the counter stands before the first frame */
  constructor(video, frames = 0) {
    this.#video = video;
    this.#frames = frames;
  }

  /**
   * Pauses until it is time to look at the counter: while nothing has moved, also as soon as the video shows something.
   * That alone proves nothing: it happens for a stream without frames as well
   * (docs/notes/browsers.md#a-picture-is-not-a-proof).
   */
  async untilLook(ms, signal) {
    if (this.moving) return pause(ms, signal);
    const shown = new AbortController();
    const callback = this.#video.requestVideoFrameCallback?.(() => shown.abort());
    await pause(ms, eitherOf(signal, shown.signal));
    if (callback !== undefined) this.#video.cancelVideoFrameCallback(callback);
  }

  /** Milliseconds since the counter last grew; `excused` while nobody can expect it to (hidden, paused). */
  stillFor(frames, excused) {
    const now = performance.now();
    if (frames > this.#frames) this.moving = true;
    if (frames > this.#frames || excused) this.#movedAt = now;
    this.#frames = frames;
    return now - this.#movedAt;
  }
}

const NAMES = {udp: 'WebRTC/UDP', tcp: 'WebRTC/TCP', relay: 'WebRTC/TURN', 'll-hls': 'LL-HLS', hls: 'HLS'};

/** How pictures come, in the words of those who care. */
export const transportName = ({protocol, transport}) => NAMES[transport] ?? (protocol === 'hls' ? 'HLS' : 'WebRTC');
