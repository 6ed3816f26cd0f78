// Plays a path over (LL-)HLS with hls.js, which is loaded only when it is needed, or by the browser itself.
import {pause} from '../lib/abort.js';
import {PAGE_HEADERS} from '../lib/credentials.js';
import {errorOfHttp, errorOfResponse, isOwn, PlaybackError} from '../lib/errors.js';
import {capabilitiesOf, hlsBy} from '../transport/capabilities.js';
import {classify} from '../transport/cause.js';
import {FrameWatch, Transport} from '../transport/transport.js';
import {loadLibrary} from './library.js';
import {followLiveEdge} from './live_edge.js';
import {isReordered} from './reordered.js';
import {loaderWithoutOpus} from './strip_opus.js';
import {trimPlayed} from './trim.js';

const FIRST_PICTURE_MS = 20000; // a playlist of MediaMTX may be held back until it has a segment
const FROZEN_MS = 6000;
const SHOWN_FROZEN_MS = 2500; // parts come every 200 ms: this is no hiccup
const SHOWN_EMPTY_MS = 1500; // where there is nothing left to show
const BETWEEN_LOADS_MS = 500;
const OLD_MS = 2500; // LL-HLS is 0.5 to 1 s behind
const LOOK_MS = 250;
const BEHIND_S = 3;

const CONFIG = {
  // Playback asks again by itself, and knows why
  manifestLoadPolicy: {
    default: {maxTimeToFirstByteMs: 10000, maxLoadTimeMs: 20000, timeoutRetry: null, errorRetry: null},
  },
  lowLatencyMode: true,
  maxLiveSyncPlaybackRate: 1, // live_edge.js
  backBufferLength: Infinity, // trim.js
  liveDurationInfinity: true,
};

/**
 * What a fatal error of hls.js means. Pure.
 * @param {{type: string, details: string, response?: {code: number}, networkDetails?: XMLHttpRequest}} error
 * @param {string} codecs of the playlist
 */
export function errorOf({type, details, response, networkDetails: request}, codecs) {
  if (/codec/i.test(details)) return new PlaybackError('codec', {codecs});
  if (type !== 'networkError') return new PlaybackError('media', {detail: details});
  const status = response?.code || request?.status;
  if (!status) return new PlaybackError(/^manifest/.test(details) ? 'unreachable' : 'lost');
  const error = errorOfHttp(
    status,
    bodyOf(request),
    isOwn((name) => request?.getResponseHeader(name) ?? null),
  );
  // The session of an HLS viewer dies with the stream: what MediaMTX refuses after the first playlist means "ask for a new one"
  const dies = !/^manifest/.test(details) && !['foreign', 'restarting', 'maintenance'].includes(error.reason);
  return dies ? new PlaybackError('ended') : error;
}

/** An answer as text, also where bytes were asked for. @param {XMLHttpRequest} [request] */
function bodyOf(request) {
  const answer = request?.response ?? '';
  return typeof answer === 'string' ? answer : new TextDecoder().decode(answer);
}

/** Requests for pictures. A playlist says little: the server holds it back until there is a new picture. */
class Loads {
  #open = 0;
  #since = 0;
  #endedAt = -Infinity;

  begin() {
    const now = performance.now();
    if (!this.#open++ && now - this.#endedAt > BETWEEN_LOADS_MS) this.#since = now;
    return () => {
      this.#open--;
      this.#endedAt = performance.now();
    };
  }

  /** For how long pictures have been on their way, one after the other. */
  get ms() {
    const now = performance.now();
    return this.#open || now - this.#endedAt < BETWEEN_LOADS_MS ? now - this.#since : 0;
  }
}

export class HlsTransport extends Transport {
  #playlist;
  /** @type {any} */
  #hls = null;
  #native = false;
  #codecs = '';
  /** Whether there are B-frames. */
  reordered = false;
  #soundOnly = false;
  #heard = false;
  #low = false; // whether the playlist has parts
  #spare = 0; // s, what the server wants ahead of the picture when the next part is due
  #counted = counters();
  #loads = new Loads();
  protocol = 'hls';

  constructor(video, playlist, credentials) {
    super(video, credentials);
    this.#playlist = playlist;
  }

  get note() {
    return this.#soundOnly ? new PlaybackError('sound-only') : this.unheard;
  }

  get transport() {
    return this.#low ? 'll-hls' : 'hls';
  }

  async attempt(signal) {
    this.begin();
    this.#counted = counters();
    this.reordered = this.#soundOnly = this.#heard = false;
    this.#loads = new Loads();
    const can = capabilitiesOf();
    this.opus = can.opus;
    const by = hlsBy(can);
    if (!by) throw new PlaybackError('unsupported');
    if (by === 'browser') return this.#playNatively(signal);
    const Hls = await loadLibrary();
    if (signal.aborted) return null;
    const loader = can.opus ? {} : {pLoader: loaderWithoutOpus(Hls.DefaultConfig.loader)};
    const hls = new Hls({...CONFIG, ...loader, xhrSetup: (xhr, url) => this.#prepare(xhr, url)});
    this.#hls = hls;
    const failed = new Promise((resolve) => {
      let recovered = false;
      hls.on(Hls.Events.ERROR, (_, data) => {
        if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.#counted.stalls++;
        if (!data.fatal) return;
        const error = errorOf(data, this.#codecs);
        if (error.reason === 'media' && data.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
          recovered = true;
          hls.recoverMediaError();
        } else resolve(error);
      });
    });
    hls.on(Hls.Events.MANIFEST_LOADED, (_, {levels}) => {
      this.#codecs = levels.map(({attrs}) => attrs.CODECS).join(' ');
    });
    hls.on(Hls.Events.BUFFER_APPENDING, (_, {type, data}) => {
      this.reordered ||= type !== 'audio' && isReordered(data);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, (_, {audio, video}) => {
      this.#soundOnly = audio && !video;
      this.emit('accepted', this);
    });
    hls.on(Hls.Events.BUFFER_CODECS, (_, {audio, video, audiovideo}) => {
      this.#counted.codec = (video ?? audiovideo)?.codec ?? this.#counted.codec;
      this.#heard ||= Boolean(audio || audiovideo);
      if (this.#heard) this.emitSound(true);
    });
    hls.on(Hls.Events.LEVEL_LOADED, (_, {details}) => {
      this.#low = details.partTarget > 0;
      this.#spare = this.#low ? details.partHoldBack - details.partTarget : 0;
    });
    trimPlayed(hls, Hls, this.video);
    followLiveEdge(this.video, () => this.#spare, signal);
    this.video.srcObject = null; // else it would be played instead
    hls.attachMedia(this.video);
    hls.loadSource(this.#playlist);
    return Promise.race([failed, this.#watch(signal)]);
  }

  release() {
    this.#hls?.destroy();
    this.#hls = null;
    if (this.#native) this.video.removeAttribute('src');
    this.#native = false;
  }

  goLive() {
    const {liveSyncPosition} = this.#hls ?? {};
    if (Number.isFinite(liveSyncPosition)) this.video.currentTime = liveSyncPosition;
  }

  /** After a pause of the whole tab, what is shown is old. */
  retryNow() {
    const {latency, targetLatency} = this.#hls ?? {};
    if (latency > targetLatency + BEHIND_S) this.goLive();
  }

  /** Plain numbers for people and tests, or null between attempts. Latency is hls.js's own estimate. */
  async stats() {
    if (!this.#hls && !this.#native) return null;
    const {totalVideoFrames, droppedVideoFrames} = this.video.getVideoPlaybackQuality();
    const {latency, targetLatency} = this.#hls ?? {};
    return {
      protocol: 'hls',
      transport: this.transport,
      framesDecoded: totalVideoFrames,
      framesDropped: droppedVideoFrames,
      width: this.video.videoWidth,
      height: this.video.videoHeight,
      latencyMs: milliseconds(latency),
      targetLatencyMs: milliseconds(targetLatency),
      ...this.#counted,
    };
  }

  /** Not tried: no browser of ours needs it. It can neither say a password nor how late it is. */
  async #playNatively(signal) {
    const answer = await fetch(this.#playlist, {headers: {...PAGE_HEADERS, ...this.credentials.headers}, signal}).catch(
      () => {
        throw new PlaybackError('unreachable');
      },
    );
    if (!answer.ok) throw await errorOfResponse(answer);
    this.emit('accepted', this);
    this.#native = true;
    this.video.srcObject = null;
    this.video.src = this.#playlist;
    this.#heard = true;
    this.emitSound(true); // unknown: better a button too many than none
    const failed = new Promise((resolve) => {
      const fail = () =>
        resolve(new PlaybackError(this.video.error?.code === MediaError.MEDIA_ERR_NETWORK ? 'lost' : 'codec'));
      this.video.addEventListener('error', fail, {once: true, signal});
      this.video.addEventListener('ended', () => resolve(new PlaybackError('ended')), {once: true, signal});
    });
    return Promise.race([failed, this.#watch(signal)]);
  }

  /** Counts bytes, and says who asks; a redirect keeps it: docs/notes/browsers.md#credentials-of-hls */
  #prepare(xhr, url) {
    for (const [name, value] of Object.entries({...PAGE_HEADERS, ...this.credentials.headers})) {
      xhr.setRequestHeader(name, value);
    }
    const ended = /\.m3u8\b/.test(url) ? () => null : this.#loads.begin();
    xhr.addEventListener('loadend', ({loaded}) => {
      ended();
      this.#counted.bytesReceived += loaded;
    });
  }

  async #watch(signal) {
    const decoded = () =>
      this.#soundOnly ? this.video.currentTime : this.video.getVideoPlaybackQuality().totalVideoFrames;
    const frames = new FrameWatch(this.video, decoded());
    for (;;) {
      await (frames.moving ? pause(LOOK_MS, signal) : frames.untilLook(LOOK_MS, signal));
      if (signal.aborted) return null;
      // what has not even begun is not paused, whatever the element says
      const paused = this.video.paused && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
      const still = frames.stillFor(decoded(), document.hidden || paused);
      if (frames.moving && still > FROZEN_MS) return new PlaybackError('frozen');
      if (frames.moving) {
        this.listen(this.#heard, this.protocol);
        const empty = this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
        this.emitAge(Math.max(still, 1000 * (this.#hls?.latency || 0)), OLD_MS);
        if (still > (empty ? SHOWN_EMPTY_MS : SHOWN_FROZEN_MS))
          this.emit('frozen', this, classify({loadingMs: this.#loads.ms}));
        else this.emit('live', this);
      }
      if (!frames.moving && still > FIRST_PICTURE_MS) return new PlaybackError('no-picture');
    }
  }
}

const counters = () => ({bytesReceived: 0, stalls: 0, codec: undefined});

const milliseconds = (seconds) => (Number.isFinite(seconds) ? Math.round(seconds * 1000) : undefined);
