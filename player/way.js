// One way to play a path in one <video>: WebRTC (whep.js), HLS (hls_client.js), or the one that chooses (auto.js).

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
