// Playing one path for as long as the page is open: attempts, retries, states, leaving the page and coming back.
import {eitherOf, pause} from '../lib/abort.js';
import {asPlaybackError, PlaybackError, retryDelay, stateOf} from '../lib/errors.js';

const WAITING_MS = 8000; // then "connecting" gives a reason, too
const HAD_PICTURE_MS = 15000; // an agent or a server that was killed is back within (docs/evidence/viewer.md#recovery)

/**
 * Events: `state` {state, reason, params, retryMs, protocol, transport, note} with state connecting, live, frozen, reconnecting,
 * offline, maintenance, locked, checking, error or stopped; `sound` {present}; `age` {seconds} of the picture, 0 while it is new.
 */
export class Playback extends EventTarget {
  #transport;
  /** @type {AbortController | null} */
  #run = null;
  #wanted = false;
  #failures = 0;
  #pictureAt = -Infinity;
  /** @type {number | null} */
  #firstFrameMs = null;
  #shownAt;
  /** @type {Function} */
  #wake = () => null;
  #detail = detailOf('stopped');
  #hasSound = false;
  #waiting = 0;

  /**
   * @param {Transport} transport
   * @param {() => number | null} shownAt when the first picture of an early session was shown, in ms
   */
  constructor(transport, shownAt) {
    super();
    this.#transport = transport;
    this.#shownAt = shownAt;
    transport.addEventListener('progress', ({detail}) => this.#run && this.#follow(detail));
    transport.addEventListener('sound', ({detail}) => this.#reportSound(detail.present));
    transport.addEventListener('age', ({detail}) => this.dispatchEvent(new CustomEvent('age', {detail})));
    addEventListener('pagehide', () => this.#halt());
    addEventListener('pageshow', (event) => event.persisted && this.#wanted && this.start());
    const retryNow = (otherNetwork) => {
      this.#wake();
      transport.retryNow(otherNetwork);
    };
    addEventListener('online', () => retryNow(true));
    // Chromium: from one network to another, but also with each new estimate of how fast it is
    let {type} = navigator.connection ?? {};
    navigator.connection?.addEventListener?.('change', () => {
      retryNow(navigator.connection?.type !== type);
      type = navigator.connection?.type;
    });
    document.addEventListener('visibilitychange', () => document.hidden || retryNow(false));
  }

  get state() {
    return this.#detail.state;
  }

  /** Of the last `state` event. */
  get detail() {
    return this.#detail;
  }

  /** Whether there is anything to hear: of the last `sound` event. */
  get hasSound() {
    return this.#hasSound;
  }

  /** When the first picture was shown, in ms since the page was loaded; null before. */
  get firstFrameMs() {
    return this.#firstFrameMs;
  }

  /** What was last entered, or kept: user and password. */
  get entered() {
    return this.#transport.credentials.last;
  }

  stats() {
    return this.#transport.stats();
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
    this.#transport.credentials.enter(user, password);
    this.#start('checking');
  }

  /** Plays what is newest, where pictures are kept for later (HLS). */
  goLive() {
    this.#transport.goLive();
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
    this.#transport.release();
    this.#report('stopped');
  }

  #follow({step, protocol, transport, cause}) {
    if (step === 'accepted') this.#transport.credentials.accept();
    if (step === 'live') {
      this.#failures = 0;
      this.#firstFrameMs ??= Math.round(this.#shownAt() ?? performance.now());
    }
    const states = {
      accepted: () => this.state !== 'connecting' && this.#report('connecting', {protocol}),
      live: () => this.#report('live', {protocol, transport, note: this.#transport.note}),
      frozen: () => this.#report('frozen', {reason: cause ?? 'still', protocol, transport}),
      silent: () => this.#report('reconnecting', {reason: 'silent', protocol, transport}),
    };
    states[step]();
  }

  async #loop(signal) {
    for (;;) {
      const attempt = new AbortController();
      const ended = await this.#transport.attempt(eitherOf(signal, attempt.signal)).catch(asPlaybackError);
      attempt.abort(); // its timers and watches
      if (signal.aborted) return;
      this.#transport.release();
      this.#reportSound(false);
      const {reason, params} = this.#withCredentials(ended);
      if (this.#pictures) this.#pictureAt = performance.now();
      const hadPicture = performance.now() - this.#pictureAt < HAD_PICTURE_MS;
      const retryMs = retryDelay(reason, this.#failures++, hadPicture, Math.random());
      this.#report(stateOf(reason), {reason, params, retryMs});
      if (retryMs === null) {
        this.#run = null;
        return;
      }
      await Promise.race([pause(retryMs, signal), new Promise((wake) => (this.#wake = wake))]);
      if (signal.aborted) return;
    }
  }

  /** Whether the attempt that ends now had pictures. */
  get #pictures() {
    return this.#failures === 0 && this.#firstFrameMs !== null;
  }

  /** What the end of an attempt says about the credentials that it was made with. */
  #withCredentials(ended) {
    if (ended.reason === 'password' && this.#transport.credentials.refuse()) return new PlaybackError('wrong-password');
    // MediaMTX says so only to those who may watch
    if (ended.reason === 'not-live') this.#transport.credentials.accept();
    return ended;
  }

  #report(state, more) {
    const silent = state === 'connecting' && !more?.reason;
    if (!silent || this.state !== state) clearTimeout(this.#waiting);
    if (silent && this.state !== state)
      this.#waiting = setTimeout(() => this.#report(state, {reason: 'waiting'}), WAITING_MS);
    this.#detail = detailOf(state, more);
    this.dispatchEvent(new CustomEvent('state', {detail: this.#detail}));
  }

  #reportSound(present) {
    this.#hasSound = present;
    this.dispatchEvent(new CustomEvent('sound', {detail: {present}}));
  }
}

const detailOf = (state, more = {}) => ({
  ...{state, reason: null, params: {}, retryMs: null, protocol: null, transport: null, note: null},
  ...more,
});
