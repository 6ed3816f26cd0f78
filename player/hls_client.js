// Plays a path over (LL-)HLS with hls.js, which is loaded only when it is needed.
import {Ended, outcomeOfHttp, sentenceOf} from './outcomes.js';
import {Playback} from './playback.js';
import {PAGE_HEADERS} from './signalling.js';
import {FrameWatch} from './watch.js';

const LIBRARY = 'vendor/hls.min.js';
const FIRST_PICTURE_MS = 20000; // a playlist of MediaMTX may be held back until it has a segment
const FROZEN_MS = 6000;
const LOOK_MS = 500;

const CONFIG = {
  // Playback asks again by itself, and knows why
  manifestLoadPolicy: {default: {maxTimeToFirstByteMs: 10000, maxLoadTimeMs: 20000, timeoutRetry: null, errorRetry: null}},
  lowLatencyMode: true,
  maxLiveSyncPlaybackRate: 1.5,
  backBufferLength: 30,
  liveDurationInfinity: true,
};

let library = null;

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = LIBRARY;
    script.onload = () => resolve(globalThis.Hls);
    script.onerror = () => {
      library = null; // a change of network fails it as well: the next attempt loads it again
      script.remove();
      reject(new Ended('incomplete', {detail: LIBRARY}));
    };
    document.head.append(script);
  });
  return library;
}

/** What a fatal error of hls.js means. */
function outcomeOf({type, details, response, networkDetails}, Hls) {
  if (type !== Hls.ErrorTypes.NETWORK_ERROR) return new Ended('media', {detail: details});
  const {MANIFEST_LOAD_ERROR, MANIFEST_LOAD_TIMEOUT} = Hls.ErrorDetails;
  // The session of an HLS viewer dies with the stream: anything but a missing playlist means "ask for a new one"
  if (details !== MANIFEST_LOAD_ERROR && details !== MANIFEST_LOAD_TIMEOUT) return new Ended('ended');
  if (!response?.code) return new Ended('unreachable');
  return outcomeOfHttp(response.code, sentenceOf(networkDetails?.responseText ?? ''));
}

export class HlsPlayback extends Playback {
  #playlist;
  #hls = null;

  constructor(video, playlist, credentials) {
    super(video, credentials);
    this.#playlist = playlist;
  }

  async attempt(signal) {
    const Hls = await loadLibrary();
    if (!Hls.isSupported()) throw new Ended('unsupported');
    if (signal.aborted) return null;
    const hls = (this.#hls = new Hls({...CONFIG, xhrSetup: (xhr) => this.#introduce(xhr)}));
    const failed = new Promise((resolve) => {
      let recovered = false;
      hls.on(Hls.Events.ERROR, (_, data) => {
        if (!data.fatal) return;
        if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
          recovered = true;
          hls.recoverMediaError();
        } else resolve(outcomeOf(data, Hls));
      });
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.connecting());
    hls.on(Hls.Events.BUFFER_CODECS, (_, {audio, audiovideo}) => (audio || audiovideo) && this.sound(true));
    hls.attachMedia(this.video);
    hls.loadSource(this.#playlist);
    return Promise.race([failed, this.#watch(signal)]);
  }

  release() {
    this.#hls?.destroy();
    this.#hls = null;
  }

  /** Plain numbers for people and tests, or null between attempts. Latency is hls.js's own estimate. */
  async stats() {
    if (!this.#hls) return null;
    const {totalVideoFrames, droppedVideoFrames} = this.video.getVideoPlaybackQuality();
    return {
      protocol: 'hls',
      framesDecoded: totalVideoFrames,
      framesDropped: droppedVideoFrames,
      width: this.video.videoWidth,
      height: this.video.videoHeight,
      latencyMs: Math.round(this.#hls.latency * 1000),
      targetLatencyMs: Math.round(this.#hls.targetLatency * 1000),
    };
  }

  /** Says to the server who asks; the redirect of a playlist stays on the origin and keeps it (viewer_chain.md 6). */
  #introduce(xhr) {
    for (const [name, value] of Object.entries({...PAGE_HEADERS, ...this.credentials.headers})) {
      xhr.setRequestHeader(name, value);
    }
  }

  async #watch(signal) {
    const decoded = () => this.video.getVideoPlaybackQuality().totalVideoFrames;
    const frames = new FrameWatch(this.video, decoded());
    for (;;) {
      await frames.untilLook(LOOK_MS, signal);
      if (signal.aborted) return null;
      const still = frames.stillFor(decoded(), document.hidden || this.video.paused);
      if (frames.moving) this.live();
      if (frames.moving && still > FROZEN_MS) return new Ended('frozen');
      if (!frames.moving && still > FIRST_PICTURE_MS) return new Ended('no-picture');
    }
  }
}
