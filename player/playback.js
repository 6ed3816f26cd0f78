// What WHEP and HLS have in common: attempts, retries, states, leaving the page and coming back.
import {Ended, retryDelay, stateOf} from './outcomes.js';
import {pause} from './watch.js';

/**
 * A way to play one path in one <video>. Subclasses say how: `attempt` plays until something ends it (it returns or
 * throws an Ended, anything once its signal aborts), `release` lets go of everything at once: it also runs while the page
 * is being left and cannot wait.
 *
 * Events: `state` {state, reason, params, retryMs} with state connecting, live, waiting, locked, checking, error or
 * stopped; `sound` {present}.
 */
export class Playback extends EventTarget {
  #run = null;
  #failures = 0;
  #firstFrameMs = null;
  #retryNow = null;
  #state = 'stopped';

  /** @param {Credentials} credentials what a subclass's requests say about the viewer */
  constructor(video, credentials) {
    super();
    this.video = video;
    this.credentials = credentials;
    addEventListener('pagehide', () => this.stop());
    addEventListener('pageshow', (event) => event.persisted && this.start());
    addEventListener('online', () => this.#retryNow?.());
    document.addEventListener('visibilitychange', () => document.hidden || this.#retryNow?.());
  }

  get state() {
    return this.#state;
  }

  /** When the first picture was decoded, in ms since the page was loaded; null before. */
  get firstFrameMs() {
    return this.#firstFrameMs;
  }

  start() {
    this.#start('connecting');
  }

  /** Tries again with a user and password, after `locked`; nothing while an attempt with others is under way. */
  login(user, password) {
    if (this.#run) return;
    this.credentials.enter(user, password);
    this.#start('checking');
  }

  stop() {
    if (!this.#run) return;
    this.#run.abort();
    this.#run = null;
    this.release();
    this.#report('stopped');
  }

  /** For subclasses: the server has accepted, pictures are to be expected. */
  connecting() {
    this.credentials.accept();
    if (this.#state !== 'connecting') this.#report('connecting');
  }

  /** For subclasses: a picture was decoded. */
  live() {
    this.#failures = 0;
    this.#firstFrameMs ??= Math.round(performance.now());
    if (this.#state !== 'live') this.#report('live');
  }

  /** For subclasses: whether there is anything to hear. */
  sound(present) {
    this.dispatchEvent(new CustomEvent('sound', {detail: {present}}));
  }

  #start(state) {
    if (this.#run) return;
    this.#run = new AbortController();
    this.#failures = 0;
    this.#report(state);
    this.#loop(this.#run.signal);
  }

  async #loop(signal) {
    for (;;) {
      const attempt = new AbortController();
      const ended = await this.attempt(AbortSignal.any([signal, attempt.signal])).catch(asEnded);
      attempt.abort(); // whatever of it still looks or waits
      if (signal.aborted) return;
      this.release();
      this.sound(false);
      const {reason, params} = this.#judged(ended);
      const retryMs = retryDelay(reason, this.#failures++, Math.random());
      this.#report(stateOf(reason), {reason, params, retryMs});
      if (retryMs === null) {
        this.#run = null;
        return;
      }
      await Promise.race([pause(retryMs, signal), new Promise((wake) => (this.#retryNow = wake))]);
      if (signal.aborted) return;
    }
  }

  /** What the end of an attempt says about the credentials that it was made with. */
  #judged(ended) {
    if (ended.reason === 'password' && this.credentials.refuse()) return new Ended('wrong-password');
    // MediaMTX says so only to those who may watch
    if (ended.reason === 'not-live') this.credentials.accept();
    return ended;
  }

  #report(state, more = {}) {
    this.#state = state;
    this.dispatchEvent(new CustomEvent('state', {detail: {state, reason: null, params: {}, retryMs: null, ...more}}));
  }
}

function asEnded(problem) {
  if (problem instanceof Ended) return problem;
  return new Ended('refused', {detail: String(problem?.message ?? problem)});
}
