// The true latency of a picture that carries its time, read a few times a second while the panel is open.
import {measureOffset} from './clock.js';
import {sinceStamp, stripReader} from './timestamp_strip.js';

const LOOK_MS = 250;
const KEPT = 9; // the middle of two seconds
const PLAUSIBLE_MS = 60000;

/** start(), stop(), and `measured` {trueMs, clock}: trueMs is null where the picture carries no strip. */
export class LatencyWatch {
  #video;
  #read;
  /** @type {number[]} */
  #seen = [];
  /** @type {ClockOffset | null} */
  #clock = null;
  #timer = 0;
  #callback = 0;

  constructor(video) {
    this.#video = video;
    this.#read = stripReader(video);
  }

  get measured() {
    const sorted = [...this.#seen].sort((a, b) => a - b);
    return {trueMs: sorted.length ? sorted[sorted.length >> 1] : null, clock: this.#clock};
  }

  start() {
    if (this.#timer || !this.#video.requestVideoFrameCallback) return;
    this.#timer = setInterval(() => {
      this.#callback ||= this.#video.requestVideoFrameCallback((now, {expectedDisplayTime: shown}) =>
        this.#look(shown - now),
      );
    }, LOOK_MS);
    measureOffset().then((clock) => (this.#clock = clock));
  }

  stop() {
    clearInterval(this.#timer);
    if (this.#callback) this.#video.cancelVideoFrameCallback(this.#callback);
    this.#timer = 0;
    this.#callback = 0;
    this.#seen = [];
  }

  /** Called as a frame is given to the display, which shows it `ahead` ms later. */
  #look(ahead) {
    this.#callback = 0;
    const at = Date.now() + Math.max(0, Math.min(ahead, 50)) + (this.#clock?.offsetMs ?? 0);
    const stamp = this.#read();
    const late = stamp === null ? null : sinceStamp(stamp, at);
    if (late === null || Math.abs(late) > PLAUSIBLE_MS) this.#seen.shift();
    else this.#seen.push(late);
    if (this.#seen.length > KEPT) this.#seen.shift();
  }
}
