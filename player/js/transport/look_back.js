// The way back from HLS to WebRTC. Loaded with HLS.
import {eitherOf, pause} from '../lib/abort.js';
import {Recent} from './cause.js';

const FIRST_PICTURE_MS = 5000;
const LOOK_MS = 250;
const RECHECK_MS = 1000;
const BLOCKED_MS = 10000; // nothing came through: most such networks are so for a moment
const PAUSE_MS = 30000; // WebRTC came through and was not good enough; doubled with each failure, up to
const LONGEST_MS = 300000;
const PROVED_MS = 300000; // WebRTC that lasted so long is trusted again
const CALM_MS = 10000; // HLS does not stop meanwhile: only then it is to share its network with a trial ...
const PATIENCE = 3; // ... or after so many pauses, should it never be calm
const PROOF_MS = 3000;
const HALF_MS = PROOF_MS / 2;
const TRIAL_MS = 8000;
const NEARLY = 0.85; // of the frames: looks are not evenly spaced
const HOPELESS_MS = 1000;
const HOPELESS = 0.5;
const GROWS = 0.03; // share of the packets
const KNOWN_S = 2;

/** How WebRTC has failed lately, and how long to leave it alone. Pure. */
export class Memory {
  #failures = 0;
  #returned = false;

  /**
   * WebRTC was left.
   * @param {boolean} came whether pictures had come through, and were not enough
   * @param {number} playedMs
   */
  fell(came, playedMs) {
    if (playedMs >= PROVED_MS) this.forget();
    if (came || this.#returned) this.#failures++;
  }

  failed() {
    this.#failures++;
  }

  returned() {
    this.#returned = true;
  }

  /** The network is another one, or a person wants it. */
  forget() {
    this.#failures = 0;
    this.#returned = false;
  }

  get pauseMs() {
    return this.#failures ? Math.min(LONGEST_MS, PAUSE_MS * 2 ** (this.#failures - 1)) : BLOCKED_MS;
  }

  /** Whether more than a moment's block is known. */
  get cautious() {
    return this.#failures > 0;
  }
}

const share = ({repairs, packets}) => (packets ? repairs / packets : 0);
const rate = ({frames, ms}) => (1000 * frames) / Math.max(1, ms);

/** Whether a session that nobody sees yet is good enough to be seen. Pure. */
export class Trial {
  #usual;
  #since = NaN;
  #whole = new Recent(PROOF_MS);
  #half = new Recent(HALF_MS);

  /** @param {number} usual frames a second of the stream, 0 if any will do */
  constructor(usual) {
    this.#usual = usual;
  }

  /**
   * @param {number} now in ms
   * @param {{frames: number, packets: number, repairs: number}} whep
   * @param {boolean} harmed whether HLS has stopped meanwhile
   * @returns {boolean | null} null: not known yet
   */
  look(now, whep, harmed) {
    this.#since ||= now;
    const whole = this.#whole.add(now, whep);
    const half = this.#half.add(now, whep);
    const ms = now - this.#since;
    const grows = share(half) > share(whole) + GROWS;
    const good = half.frames > 0 && Math.min(rate(half), rate(whole)) >= NEARLY * this.#usual && !grows;
    if (good && ms >= (harmed ? HALF_MS : PROOF_MS)) return true;
    if (harmed || ms >= TRIAL_MS) return false;
    return ms >= HOPELESS_MS && rate(half) < HOPELESS * this.#usual && share(half) > GROWS ? false : null;
  }
}

export class LookBack {
  #makeWhep;
  #video;
  #possible;
  #memory = new Memory();
  #due = 0;
  #stoppedAt = -Infinity;
  #fps = 0;
  /** @type {WhepTransport | null} */
  #probe = null;
  /** @type {Function} */
  #wake = () => null;

  /**
   * @param {(video: HTMLVideoElement) => WhepTransport} makeWhep
   * @param {HTMLVideoElement} video in which HLS plays
   * @param {() => boolean} possible whether it is worth a try now
   */
  constructor(makeWhep, video, possible) {
    this.#possible = possible;
    this.#makeWhep = makeWhep;
    this.#video = video;
    video.addEventListener('waiting', () => (this.#stoppedAt = performance.now()));
  }

  /** WebRTC was left: see Memory. @param {number} fps of the stream, 0: not known */
  fell(came, playedMs, fps) {
    this.#fps = fps;
    this.#memory.fell(came, playedMs);
    this.#wait();
  }

  /** Whether WebRTC has just failed. */
  get tooEarly() {
    return this.#memory.cautious && performance.now() < this.#due;
  }

  /** What was true of the network need not be any longer. */
  forget() {
    this.#memory.forget();
    this.#due = 0;
    this.#wake();
  }

  release() {
    this.#probe?.release();
    this.#probe = null;
  }

  /**
   * Tries WebRTC now and then, in a hidden <video>; resolves with a session that is good enough, or null.
   * @param {AbortSignal} signal of that session
   * @param {AbortSignal} search of the search
   */
  async find(signal, search) {
    for (;;) {
      await this.#untilDue(search);
      if (search.aborted) return null;
      const found = await this.#try(signal, search);
      if (found) this.#memory.returned();
      if (found || search.aborted) return found;
      this.#memory.failed();
      this.#wait();
    }
  }

  #wait() {
    this.#due = performance.now() + this.#memory.pauseMs;
  }

  async #untilDue(search) {
    while (!search.aborted) {
      const now = performance.now();
      const calm = !this.#memory.cautious || now - this.#stoppedAt > CALM_MS;
      const late = now > this.#due + (PATIENCE - 1) * this.#memory.pauseMs;
      if (now >= this.#due && !document.hidden && this.#possible() && (calm || late || !this.#due)) return;
      const woken = new Promise((wake) => (this.#wake = wake));
      await Promise.race([pause(Math.max(RECHECK_MS, this.#due - now), search), woken]);
    }
  }

  async #try(signal, search) {
    const whep = this.#makeWhep(unseen());
    this.#probe = whep;
    whep.patienceMs = FIRST_PICTURE_MS;
    /** @type {{whep: WhepTransport, live, sound: boolean, ended: Promise<PlaybackError | null>}} */
    const found = {whep, live: null, sound: false, ended: Promise.resolve(null)};
    const over = new AbortController();
    whep.addEventListener('sound', ({detail}) => (found.sound = detail.present));
    const live = new Promise((resolve) => {
      whep.addEventListener('progress', ({detail}) => {
        if (detail.step !== 'live') return;
        found.live = detail;
        resolve(true);
      });
      eitherOf(search, over.signal).addEventListener('abort', () => resolve(false));
    });
    found.ended = whep.attempt(signal).finally(() => over.abort());
    found.ended.catch(() => null); // handled by who plays it
    const works = (await live) && (await this.#proves(whep, eitherOf(search, over.signal)));
    if (works) {
      this.#probe = null;
      return found;
    }
    this.release();
    return null;
  }

  async #proves(whep, over) {
    const trial = new Trial(this.#usual());
    const stopped = this.#stoppedAt;
    for (;;) {
      const stats = await whep.stats();
      if (over.aborted || !stats) return false;
      const {framesDecoded: frames, packetsReceived: packets = 0, repairs = 0} = stats;
      const harmed = this.#memory.cautious && this.#stoppedAt > stopped;
      const good = trial.look(performance.now(), {frames, packets, repairs}, harmed);
      if (good !== null) return good && !whep.worse;
      await pause(LOOK_MS, over);
    }
  }

  /**
   * Frames a second of the stream, by what HLS has played of it (how often HLS has stopped does not matter), else by what
   * WebRTC once had.
   */
  #usual() {
    const {played} = this.#video;
    let seconds = 0;
    for (let n = 0; n < played.length; n++) seconds += played.end(n) - played.start(n);
    if (seconds > KNOWN_S) return this.#video.getVideoPlaybackQuality().totalVideoFrames / seconds;
    return this.#fps || (this.#memory.cautious ? Infinity : 0);
  }
}

const unseen = () => Object.assign(document.createElement('video'), {muted: true, autoplay: true, playsInline: true});
