// Plays a path over WebRTC: offer and answer, candidates by PATCH, and a watch over what really arrives.
import {eitherOf} from '../lib/abort.js';
import {PlaybackError} from '../lib/errors.js';
import {FrameWatch, Transport} from '../transport/transport.js';
import {Negotiation} from './negotiation.js';
import {mediaPorts} from './signalling.js';
import {diagnose, StallDetector} from './stall_detector.js';
import {summarise} from './whep_stats.js';

const CONNECT_MS = 8000; // MediaMTX gives up at 10 s
const PICTURE_MS = 5000; // where the session stands: only a key frame is missing, or a camera that sends any
const SOUND_ONLY_MS = 2000; // pictures come with the sound, or soon
const LOOK_MS = 250;
const ANSWER_MS = 1500;
const TROUBLE_MS = 500;
const ASK_AGAIN_MS = 500;

export class WhepTransport extends Transport {
  #endpoint;
  #earlySession;
  /** @type {Negotiation | null} */
  #inUse = null;
  #soundOnly = false; // sound came without pictures: it shows whether the session lives
  #pictured = false;
  #media = null;
  #answer = null; // of the server, when it was asked for this session
  /** @type {object | null} */
  #question = null;
  protocol = 'webrtc';
  /** How long an attempt may take until it stands; what stands has PICTURE_MS at least until its first picture. */
  patienceMs = CONNECT_MS;
  /** Whether there is another way to play: a network over which that does better then ends this one. */
  leaves = false;
  /** Whether HLS would do better, as far as this session shows. */
  worse = false;
  /** Frames a second of the stream, as those came that needed no repair; 0: not known. */
  fps = 0;

  /** @param {Negotiation | null} earlySession for the first attempt */
  constructor(video, endpoint, credentials, earlySession = null) {
    super(video, credentials);
    this.#endpoint = endpoint;
    this.#earlySession = earlySession;
  }

  async attempt(signal) {
    if (!globalThis.RTCPeerConnection) throw new PlaybackError('unsupported');
    this.begin();
    this.#soundOnly = false;
    const used = this.#earlySession ?? new Negotiation(this.#endpoint, this.credentials.headers);
    this.#inUse = used;
    this.#earlySession = null;
    const {pc, session} = used;
    eitherOf(signal, AbortSignal.timeout(this.patienceMs)).addEventListener('abort', () => used.giveUp());
    const answer = await used.answered;
    if (signal.aborted) return null;
    this.emit('accepted', this);
    this.#media = used.media;
    if (this.video.srcObject !== this.#media) this.video.srcObject = this.#media; // else it would begin anew
    return this.#watch(pc, session, signal, mediaPorts(answer));
  }

  release() {
    this.#inUse?.close();
    this.#inUse = this.#question = this.#answer = null;
  }

  get note() {
    return this.#soundOnly && !this.#pictured ? new PlaybackError('sound-only') : this.unheard;
  }

  /** Shows its pictures in another <video> from now on. */
  moveTo(video) {
    this.video.srcObject = null;
    this.video = video;
    video.srcObject = this.#media;
  }

  /** Plain numbers for people and tests, or null between attempts. */
  async stats() {
    const pc = this.#inUse?.pc;
    return pc ? summarise(await pc.getStats(), pc.connectionState) : null;
  }

  /** Resolves with the reason why the session ended. */
  async #watch(pc, session, signal, ports) {
    const detector = new StallDetector(performance.now());
    const trouble = troubleOf(pc);
    let blamed = 0; // looks: over TCP nothing is asked for again, and pauses are the network's all the same
    const first = new FrameWatch(this.video);
    let hasSound = false;
    let connected = false;
    const dtls = pc.getTransceivers()[0].receiver.transport;
    const closed = new AbortController(); // a promise would keep what each look adds to it until the session ends
    dtls?.addEventListener('statechange', () => dtls.state === 'closed' && closed.abort());
    const woken = eitherOf(signal, closed.signal);
    const unconnected = () =>
      ports.length ? new PlaybackError('blocked', {ports: ports.join(', ')}) : new PlaybackError('no-address');
    for (;;) {
      first.moving = detector.moving;
      await first.untilLook(LOOK_MS, woken);
      if (signal.aborted) return null;
      connected ||= pc.connectionState === 'connected';
      // A server that hangs up shows here at once, in connectionState later: docs/notes/browsers.md#an-ended-session
      const over = dtls?.state === 'closed';
      if (!over && pc.connectionState === 'failed') return connected ? new PlaybackError('lost') : unconnected();
      const stats = summarise(await pc.getStats(), pc.connectionState);
      if (signal.aborted) return null;
      const {activity, repairs, sound} = stats;
      const frames = stats.framesDecoded + (this.#soundOnly ? stats.soundPackets : 0);
      // it has not begun to play at all: docs/notes/mediamtx.md#ended-after-a-201
      if (over) return new PlaybackError(stats.framesDecoded ? 'ended' : 'broken-off');
      const now = performance.now();
      const seen = detector.look(
        now,
        {frames, activity, repairs: (repairs ?? 0) + blamed},
        document.hidden && detector.moving,
      );
      const counted = {...stats, framesDecoded: frames, unseen: unseenOf(this.video)};
      const {cause, lateMs, worse} = trouble(now, counted, seen);
      this.worse = worse;
      this.fps = seen.usual && 1000 / seen.usual;
      if (cause === 'network') blamed++;
      if (sound !== hasSound) this.emitSound(sound);
      hasSound = sound;
      this.#pictured = stats.framesDecoded > 0;
      if (!detector.moving) {
        this.#soundOnly ||= sound && !stats.packetsReceived && seen.still > SOUND_ONLY_MS;
        const patienceMs = connected ? Math.max(PICTURE_MS, this.patienceMs) : this.patienceMs;
        if (seen.still > patienceMs) return connected ? noPicture(cause) : unconnected();
        continue;
      }
      if (worse && this.leaves && !document.hidden) return noPicture(cause);
      this.emitAge(seen.still + lateMs);
      this.listen(sound, this.protocol);
      const error = this.#diagnose(seen, session, stats, cause);
      if (error) return error;
    }
  }

  /** Emits how a session that had pictures is; returns a PlaybackError where it is over. */
  #diagnose(seen, session, {transport}, cause) {
    const state = diagnose(seen, this.#answer);
    if (state === 'live') this.#answer = null;
    else this.#ask(session);
    if (state === 'ask') return null;
    if (state === 'no-picture') return noPicture(cause);
    if (state !== 'live' && state !== 'frozen' && state !== 'silent') return new PlaybackError(state);
    this.emit(state, {protocol: this.protocol, transport}, state === 'frozen' ? cause : null);
    return null;
  }

  /** One question at a time. */
  async #ask(session) {
    if (this.#question) return;
    const question = {};
    this.#question = question;
    const answer = await session.ask(AbortSignal.timeout(ANSWER_MS));
    if (question !== this.#question) return; // of a session that is over
    this.#answer = answer;
    setTimeout(() => {
      if (question === this.#question) this.#question = null;
    }, ASK_AGAIN_MS);
  }
}

/** Looks at the network of a session (network.js) from the first trouble on: most have none. */
function troubleOf(pc) {
  let quickest = Infinity;
  let asked = false;
  /** @type {any} */
  let network = null;
  return (now, stats, seen) => {
    const {repairs, roundTripMs = 0} = stats;
    quickest = Math.min(quickest, roundTripMs || Infinity);
    if (!asked && stats.connection === 'connected' && (repairs || Math.max(seen.still, roundTripMs) > TROUBLE_MS)) {
      asked = true;
      import('./network.js').then(
        ({Network}) => (network = new Network(pc.getReceivers(), quickest)),
        () => (asked = false),
      );
    }
    return network?.look(now, stats, seen) ?? {lateMs: 0, worse: false};
  };
}

/** Frames that were decoded and not shown; in a hidden tab none is. */
const unseenOf = (video) => (document.hidden ? NaN : video.getVideoPlaybackQuality?.().droppedVideoFrames);

const noPicture = (cause) => new PlaybackError(cause === 'network' ? 'network' : 'no-picture');
