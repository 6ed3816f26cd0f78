// While HLS plays, WebRTC is tried again now and then, in a hidden <video>. Loaded with HLS.
import {pause} from '../lib/abort.js';

const FIRST_MS = 10000;
const AGAIN_MS = 30000;
const PATIENCE_MS = 5000;

export class LookBack {
  #makeWhep;
  #possible;
  /** @type {WhepTransport | null} */
  #probe = null;
  /** @type {Function} */
  #wake = () => null;

  /**
   * @param {(video: HTMLVideoElement) => WhepTransport} makeWhep
   * @param {() => boolean} possible whether it is worth a try now
   */
  constructor(makeWhep, possible) {
    this.#makeWhep = makeWhep;
    this.#possible = possible;
  }

  /** The network has changed, or the page is visible again. */
  wake() {
    this.#wake();
  }

  release() {
    this.#probe?.release();
    this.#probe = null;
  }

  /**
   * Resolves with a session that has a picture, or null once the search is over.
   * @param {AbortSignal} signal of that session
   * @param {AbortSignal} search of the search
   */
  async find(signal, search) {
    for (let wait = FIRST_MS; ; wait = AGAIN_MS) {
      await Promise.race([pause(wait, search), new Promise((wake) => (this.#wake = wake))]);
      if (search.aborted) return null;
      if (document.hidden || !this.#possible()) continue;
      const found = await this.#try(signal, search);
      if (found || search.aborted) return found;
    }
  }

  async #try(signal, search) {
    const whep = this.#makeWhep(unseen());
    this.#probe = whep;
    whep.patienceMs = PATIENCE_MS;
    /** @type {{whep, live, sound: boolean, ended}} */
    const found = {whep, live: null, sound: false, ended: null};
    whep.addEventListener('sound', ({detail}) => (found.sound = detail.present));
    const live = new Promise((resolve) => {
      whep.addEventListener('progress', ({detail}) => {
        if (detail.step !== 'live') return;
        found.live = detail;
        resolve(true);
      });
      search.addEventListener('abort', () => resolve(false));
    });
    found.ended = whep.attempt(signal);
    const failed = found.ended.then(
      () => false,
      () => false,
    );
    const works = (await Promise.race([live, failed])) && !search.aborted;
    this.#probe = null;
    if (works) return found;
    whep.release();
    return null;
  }
}

const unseen = () => Object.assign(document.createElement('video'), {muted: true, autoplay: true, playsInline: true});
