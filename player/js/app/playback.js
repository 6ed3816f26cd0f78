// Playing one path for as long as the page is open: attempts, retries, states, leaving the page and coming back.
import {eitherOf} from '../lib/abort.js';
import {Ended, retryDelay, stateOf} from '../lib/errors.js';
import {pause} from '../transport/transport.js';

const HURRY_MS = 15000; // an agent or a server that was killed is back within (docs/player.md, "How fast")

/**
 * Events: `state` {state, reason, params, retryMs, protocol, transport} with state connecting, live, frozen, reconnecting,
 * offline, locked, checking, error or stopped; `sound` {present}.
 */
export class Playback extends EventTarget {
  #way;
  #run = null;
  #wanted = false;
  #failures = 0;
  #pictureAt = -Infinity;
  #firstFrameMs = null;
  #shownAt;
  #retryNow = null;
  #detail = detailOf('stopped');
  #sound = false;

  /**
   * @param {Way} way how to play (way.js)
   * @param {() => number | null} shownAt when a picture was shown that nobody has told of yet
   */
  constructor(way, shownAt) {
    super();
    this.#way = way;
    this.#shownAt = shownAt;
    way.addEventListener('progress', ({detail}) => this.#run && this.#follow(detail));
    way.addEventListener('sound', ({detail}) => this.#tellSound(detail.present));
    addEventListener('pagehide', () => this.#halt());
    addEventListener('pageshow', (event) => event.persisted && this.#wanted && this.start());
    const hurry = () => {
      this.#retryNow?.();
      way.hurry?.();
    };
    addEventListener('online', hurry);
    navigator.connection?.addEventListener?.('change', hurry); // Chromium: from one network to another
    document.addEventListener('visibilitychange', () => document.hidden || hurry());
  }

  get state() {
    return this.#detail.state;
  }

  /** Of the last `state` event. */
  get detail() {
    return this.#detail;
  }

  /** Whether there is anything to hear: of the last `sound` event. */
  get sound() {
    return this.#sound;
  }

  /** When the first picture was shown, in ms since the page was loaded; null before. */
  get firstFrameMs() {
    return this.#firstFrameMs;
  }

  stats() {
    return this.#way.stats();
  }

  start() {
    this.#start('connecting');
  }

  /** Until start(): nothing is received. */
  stop() {
    this.#wanted = false;
    this.#halt();
  }

  /** Tries again with a user and password, after `locked`; nothing while an attempt with others is under way. */
  login(user, password) {
    if (this.#run) return;
    this.#way.credentials.enter(user, password);
    this.#start('checking');
  }

  /** Plays what is newest, where pictures are kept for later (HLS). */
  goLive() {
    this.#way.goLive?.();
  }

  #start(state) {
    this.#wanted = true;
    if (this.#run) return;
    this.#run = new AbortController();
    this.#failures = 0;
    this.#report(state);
    this.#loop(this.#run.signal);
  }

  #halt() {
    if (!this.#run) return;
    this.#run.abort();
    this.#run = null;
    this.#way.release();
    this.#report('stopped');
  }

  #follow({step, protocol, transport}) {
    if (step === 'accepted') this.#way.credentials.accept();
    if (step === 'live') {
      this.#failures = 0;
      this.#firstFrameMs ??= Math.round(this.#shownAt() ?? performance.now());
    }
    const states = {
      accepted: () => this.state !== 'connecting' && this.#report('connecting', {protocol}),
      live: () => this.#report('live', {protocol, transport}),
      frozen: () => this.#report('frozen', {reason: 'still', protocol, transport}),
      silent: () => this.#report('reconnecting', {reason: 'silent', protocol, transport}),
    };
    states[step]();
  }

  async #loop(signal) {
    for (;;) {
      const attempt = new AbortController();
      const ended = await this.#way.attempt(eitherOf(signal, attempt.signal)).catch(asEnded);
      attempt.abort(); // whatever of it still looks or waits
      if (signal.aborted) return;
      this.#way.release();
      this.#tellSound(false);
      const {reason, params} = this.#judged(ended);
      if (this.#pictures) this.#pictureAt = performance.now();
      const hurry = performance.now() - this.#pictureAt < HURRY_MS;
      const retryMs = retryDelay(reason, this.#failures++, hurry, Math.random());
      this.#report(stateOf(reason), {reason, params, retryMs});
      if (retryMs === null) {
        this.#run = null;
        return;
      }
      await Promise.race([pause(retryMs, signal), new Promise((wake) => (this.#retryNow = wake))]);
      if (signal.aborted) return;
    }
  }

  /** Whether the attempt that ends now had pictures. */
  get #pictures() {
    return this.#failures === 0 && this.#firstFrameMs !== null;
  }

  /** What the end of an attempt says about the credentials that it was made with. */
  #judged(ended) {
    if (ended.reason === 'password' && this.#way.credentials.refuse()) return new Ended('wrong-password');
    // MediaMTX says so only to those who may watch
    if (ended.reason === 'not-live') this.#way.credentials.accept();
    return ended;
  }

  #report(state, more) {
    const detail = (this.#detail = detailOf(state, more));
    this.dispatchEvent(new CustomEvent('state', {detail}));
  }

  #tellSound(present) {
    this.#sound = present;
    this.dispatchEvent(new CustomEvent('sound', {detail: {present}}));
  }
}

const detailOf = (state, more = {}) => ({
  ...{state, reason: null, params: {}, retryMs: null, protocol: null, transport: null},
  ...more,
});

function asEnded(problem) {
  if (problem instanceof Ended) return problem;
  return new Ended('refused', {detail: String(problem?.message ?? problem)});
}
