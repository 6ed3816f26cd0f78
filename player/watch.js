// Waiting and looking: the two things that every kind of playback does with time.

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
   * That alone proves nothing: it happens for a stream without frames as well (viewer_chain.md 2).
   */
  async untilLook(ms, signal) {
    if (this.moving) return pause(ms, signal);
    const shown = new AbortController();
    const asked = this.#video.requestVideoFrameCallback?.(() => shown.abort());
    await pause(ms, AbortSignal.any([signal, shown.signal]));
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
