// One way to play a path in one <video>: WebRTC (whep.js), HLS (hls_client.js), or the one that chooses (auto.js).
import {eitherOf} from '../lib/abort.js';

/**
 * `attempt(signal)` plays until something ends it: it returns or throws an Ended, or anything once its signal aborts.
 * `release()` lets go of everything at once: it also runs while the page is being left and cannot wait.
 * `stats()` resolves with plain numbers, or null between attempts.
 *
 * Events: `progress` {step, protocol, transport} and `sound` {present}. The steps: `accepted` by the server; `live`, a
 * picture was decoded or they move again; `frozen`, none is decoded although the server is heard; `silent`, nothing is heard.
 */
export class Way extends EventTarget {
  #said = null;

  /** @param {Credentials} credentials what requests say about the viewer */
  constructor(video, credentials) {
    super();
    this.video = video;
    this.credentials = credentials;
  }

  /** For subclasses, as often as they like: what is no news is told to nobody. */
  tell(step, {protocol, transport = null}) {
    const news = [step, protocol, transport].join(' ');
    if (news === this.#said) return;
    this.#said = news;
    this.dispatchEvent(new CustomEvent('progress', {detail: {step, protocol, transport}}));
  }

  /** For subclasses: an attempt begins, of which nothing was told yet. */
  begin() {
    this.#said = null;
  }

  /** For subclasses: whether there is anything to hear. */
  sound(present) {
    this.dispatchEvent(new CustomEvent('sound', {detail: {present}}));
  }
}

/** Resolves after so many milliseconds, or as soon as the signal aborts. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

/** Tells how long a counter of decoded frames has stood still: the only proof that a picture moves. */
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
    const asked = this.#video.requestVideoFrameCallback?.(() => shown.abort());
    await pause(ms, eitherOf(signal, shown.signal));
    if (asked !== undefined) this.#video.cancelVideoFrameCallback(asked);
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

/** How pictures come, in the words of those who care: the transport really in use. */
export const transportName = ({protocol, transport}) => NAMES[transport] ?? (protocol === 'hls' ? 'HLS' : 'WebRTC');
