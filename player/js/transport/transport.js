// One way to play a path in one <video>: WebRTC (webrtc/whep.js), HLS (hls/client.js), or what chooses (fallback.js).
import {eitherOf, pause} from '../lib/abort.js';

/**
 * `attempt(signal)` plays until something ends it: it returns or throws a PlaybackError, or anything once its signal aborts.
 * `release()` lets go of everything at once: it also runs while the page is being left and cannot wait.
 * `stats()` resolves with plain numbers, or null between attempts.
 *
 * Events: `progress` {step, protocol, transport} and `sound` {present}. The steps: `accepted` by the server; `live`, a
 * picture was decoded or they move again; `frozen`, none is decoded although the server sends; `silent`, nothing arrives.
 */
export class Transport extends EventTarget {
  #last = '';

  /** @param {Credentials} credentials what requests say about the viewer */
  constructor(video, credentials) {
    super();
    this.video = video;
    this.credentials = credentials;
  }

  /**
   * For subclasses, as often as they like: the same step is not emitted twice.
   * @param {{protocol: string, transport?: string | null}} by
   */
  emit(step, by) {
    const {protocol, transport = null} = by;
    const news = [step, protocol, transport, this.note?.reason].join(' ');
    if (news === this.#last) return;
    this.#last = news;
    this.dispatchEvent(new CustomEvent('progress', {detail: {step, protocol, transport}}));
  }

  /** What is to be said of what is live: why it is not WebRTC, that it is sound only. @returns {PlaybackError | null} */
  get note() {
    return null;
  }

  /** Plays what is newest, where pictures are kept for later. */
  goLive() {}

  /** The network has changed, or the page is visible again. */
  retryNow() {}

  /** For subclasses: an attempt begins, of which nothing was emitted yet. */
  begin() {
    this.#last = '';
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
