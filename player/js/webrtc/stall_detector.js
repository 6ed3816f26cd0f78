// What it means that the picture stands still. Pure: counters and answers in, a diagnosis out.

const ASK_AFTER_MS = 500; // and at least so many usual pauses between two frames
const USUAL_PAUSES = 4;
const SHOWN_AFTER_MS = 1500; // shorter pauses are seen, and need no words
const SILENT_MS = 2800; // a live session hears its server's ICE checks every 2 s (RFC 7675: less than every 5)
const FROZEN_MS = 12000; // MediaMTX drops a publisher that sends nothing after 10 s

/** Follows the counters of one session. */
export class StallDetector {
  #frames = 0;
  /** @type {number | undefined} */
  #activity = 0;
  #movedAt;
  #activeAt;
  #usual = 0;
  #repairs = 0;
  moving = false;

  constructor(now) {
    this.#movedAt = this.#activeAt = now;
  }

  /**
   * @param {number} now in ms
   * @param {{frames: number, activity: number | undefined, repairs?: number}} counters frames decoded; anything at all
   *   that came from the server, undefined where the browser does not tell: never silent then; packets asked for again: a
   *   pause beside them is the network's, and not usual for this stream
   * @param {boolean} excused while nobody can expect frames, as in a hidden tab
   * @returns {{still: number, silent: number, patience: number, usual: number}} ms; `usual`: between two frames
   */
  look(now, {frames, activity, repairs = 0}, excused = false) {
    if (activity === undefined || activity !== this.#activity || excused) this.#activeAt = now;
    if (frames > this.#frames) {
      const pause = (now - this.#movedAt) / (frames - this.#frames);
      const usual = this.moving ? this.#usual * 0.9 + pause * 0.1 : Math.min(pause, 100);
      this.#usual = this.moving && repairs > this.#repairs ? Math.min(usual, this.#usual) : usual;
      this.#repairs = repairs;
      this.moving = true;
    }
    if (frames > this.#frames || excused) this.#movedAt = now;
    this.#frames = frames;
    this.#activity = activity;
    return {
      still: now - this.#movedAt,
      silent: now - this.#activeAt,
      patience: Math.max(ASK_AFTER_MS, USUAL_PAUSES * this.#usual),
      usual: this.#usual,
    };
  }
}

/**
 * @param {{still: number, silent: number, patience: number}} seen of a session that had pictures
 * @param {null | 'lives' | 'gone' | 'restarting' | 'unanswered'} answer what the server last said of the session, since
 *   frames stand still
 * @returns {'live' | 'ask' | 'frozen' | 'silent' | 'ended' | 'restarting' | 'lost' | 'no-picture'} the last four: over
 */
export function diagnose({still, silent, patience}, answer) {
  if (still < patience) return 'live';
  if (answer === 'gone') return 'ended';
  if (answer === 'restarting') return 'restarting';
  // The server can be reached and sends, and nothing comes: UDP is blocked, or the viewer has another address now.
  if (answer === 'lives' && silent > SILENT_MS) return 'lost';
  if (answer === 'lives' && still > FROZEN_MS) return 'no-picture';
  if (still < SHOWN_AFTER_MS) return 'ask';
  // No new session could be opened either: this one is kept, and goes on as soon as the network does.
  return answer === 'unanswered' ? 'silent' : 'frozen';
}
