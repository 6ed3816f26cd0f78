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
  #frames;
  #movedAt = performance.now();
  moving = false;

  /** @param {number} frames where the counter stands before the first frame */
  constructor(frames = 0) {
    this.#frames = frames;
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
