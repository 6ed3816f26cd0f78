// Shapes that the page's modules hand to each other, and what a browser has that TypeScript's DOM does not know.

type Credentials = import('../../player/js/lib/credentials.js').Credentials;
type FilePlayback = import('../../player/js/recordings/source.js').FilePlayback;
type HlsSide = import('../../player/js/transport/hls_side.js').HlsSide;
type HlsTransport = import('../../player/js/hls/client.js').HlsTransport;
type HlsSideClass = typeof import('../../player/js/transport/hls_side.js').HlsSide;
type Negotiation = import('../../player/js/webrtc/negotiation.js').Negotiation;
type Playback = import('../../player/js/app/playback.js').Playback;
type PlaybackError = import('../../player/js/lib/errors.js').PlaybackError;
type LatencyWatch = import('../../player/js/stats/latency.js').LatencyWatch;
type WhepTransport = import('../../player/js/webrtc/whep.js').WhepTransport;

/** A way to play (transport/transport.js). */
type Transport = import('../../player/js/transport/transport.js').Transport & {
  attempt(signal: AbortSignal): Promise<PlaybackError | null>;
  release(): void;
  stats(): Promise<Stats | null>;
};

/** What a transport emits. */
interface Progress {
  step: 'accepted' | 'live' | 'frozen' | 'silent';
  protocol: string;
  transport: string | null;
  cause: 'network' | 'camera' | null;
}

/** Of a `state` event (app/playback.js). */
interface StateDetail {
  state: string;
  reason: string | null;
  params: object;
  retryMs: number | null;
  protocol: string | null;
  transport: string | null;
  /** What is to be said of a picture that is live: why over HLS, or that there is none. */
  note: PlaybackError | null;
}

interface EventTarget {
  addEventListener(type: 'progress', listener: (event: CustomEvent<Progress>) => void, options?: object): void;
  addEventListener(type: 'state', listener: (event: CustomEvent<StateDetail>) => void, options?: object): void;
  addEventListener(type: 'age', listener: (event: CustomEvent<{seconds: number}>) => void, options?: object): void;
  addEventListener(type: 'sound', listener: (event: CustomEvent<{present: boolean}>) => void, options?: object): void;
}

interface Navigator {
  connection?: EventTarget & {type?: string}; // Chromium; type: on a phone
}

interface HTMLVideoElement {
  webkitEnterFullscreen?(): void; // iPhone
  webkitPresentationMode?: string; // Safari
  webkitSetPresentationMode?(mode: string): void;
  webkitSupportsPresentationMode?(mode: string): boolean;
}

/** What to add to this device's clock to have the server's, and how sure that is. */
interface ClockOffset {
  offsetMs: number;
  uncertainMs: number;
}

/** Numbers of a session (docs/reference/player.md#windowenvivo); what a transport does not know is undefined. */
interface Stats {
  protocol: string;
  transport: string;
  framesDecoded: number;
  framesDropped?: number;
  bytesReceived?: number;
  width?: number;
  height?: number;
  codec?: string;
  pair?: string;
  roundTripMs?: number;
  latencyMs?: number;
  packetsReceived?: number;
  packetsLost?: number;
  repairs?: number;
  /** Frames that were decoded and not shown. */
  unseen?: number;
  freezes?: number;
  stalls?: number;
  jitterBufferDelay?: number;
  jitterBufferEmitted?: number;
  decodeTime?: number;
}

/** Stats, and when they were taken, in ms. */
type Look = Stats & {at: number};

/** A path in the list of them. */
interface WatchedPath {
  name: string;
  locked: boolean;
  recordings_locked: boolean;
  view: ReturnType<typeof import('../../player/js/paths/card.js').buildCard>;
  state: string;
  why?: string;
  visible: boolean;
  nextPicture: number;
}

/** A file of a recording. `state` is empty, growing, closed; once it was read also cut, damaged, gone. */
interface Segment {
  url: string;
  name: string;
  size: number;
  begin: Date;
  seconds: number;
  state: string;
  view?: ReturnType<typeof import('../../player/js/recordings/view.js').buildRow>;
}

/** What a recorded file says before its fragments. */
interface Head {
  end: number;
  seconds: number;
  timescales: Map<number, number>;
  type: string | null;
}
