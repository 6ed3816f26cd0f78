// Plays a path over WebRTC: offer and answer, candidates by PATCH, and a watch over what really arrives.
import {eitherOf} from '../lib/abort.js';
import {Negotiation} from './negotiation.js';
import {Ended} from '../lib/errors.js';
import {Pulse, verdict} from './stall_detector.js';
import {mediaPorts} from './signalling.js';
import {FrameWatch, Way} from '../transport/transport.js';
import {summarise} from './whep_stats.js';

const CONNECT_MS = 8000; // MediaMTX gives up at 10 s
const PICTURE_MS = 5000; // where the session stands: only a key frame is missing, or a camera that sends any
const LOOK_MS = 250;
const ANSWER_MS = 1500;
const ASK_AGAIN_MS = 500;

export class Whep extends Way {
  #endpoint;
  #begun;
  #inUse = null;
  #media = null;
  #answer = null; // of the server, when it was asked for this session
  #asked = null;
  /** How long an attempt may take until it stands; what stands has PICTURE_MS at least until its first picture. */
  patienceMs = CONNECT_MS;

  /** @param {Negotiation | null} begun one that was begun already, for the first attempt */
  constructor(video, endpoint, credentials, begun = null) {
    super(video, credentials);
    this.#endpoint = endpoint;
    this.#begun = begun;
  }

  get protocol() {
    return 'webrtc';
  }

  async attempt(signal) {
    if (!globalThis.RTCPeerConnection) throw new Ended('unsupported');
    this.begin();
    const used = (this.#inUse = this.#begun ?? new Negotiation(this.#endpoint, this.credentials.headers));
    this.#begun = null;
    const {pc, session} = used;
    eitherOf(signal, AbortSignal.timeout(this.patienceMs)).addEventListener('abort', () => used.giveUp());
    const answer = await used.answered;
    if (signal.aborted) return null;
    this.tell('accepted', this);
    this.#media = used.media;
    if (this.video.srcObject !== this.#media) this.video.srcObject = this.#media; // else it would begin anew
    return this.#watch(pc, session, signal, mediaPorts(answer));
  }

  release() {
    this.#inUse?.close();
    this.#inUse = this.#asked = this.#answer = null;
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
    const pulse = new Pulse(performance.now());
    const first = new FrameWatch(this.video);
    let hasSound = false;
    let connected = false;
    const dtls = pc.getTransceivers()[0].receiver.transport;
    const closed = new AbortController(); // a promise would keep what each look adds to it until the session ends
    dtls?.addEventListener('statechange', () => dtls.state === 'closed' && closed.abort());
    const woken = eitherOf(signal, closed.signal);
    const unconnected = () => (ports.length ? new Ended('blocked', {ports: ports.join(', ')}) : new Ended('no-address'));
    for (;;) {
      first.moving = pulse.moving;
      await first.untilLook(LOOK_MS, woken);
      if (signal.aborted) return null;
      connected ||= pc.connectionState === 'connected';
      // A server that hangs up shows here at once, in connectionState later: docs/notes/browsers.md#an-ended-session
      if (dtls?.state === 'closed') return new Ended('ended');
      if (pc.connectionState === 'failed') return connected ? new Ended('lost') : unconnected();
      const {framesDecoded: frames, heard, sound, transport} = summarise(await pc.getStats(), pc.connectionState);
      if (signal.aborted) return null;
      const seen = pulse.look(performance.now(), {frames, heard}, document.hidden && pulse.moving);
      if (sound !== hasSound) this.sound((hasSound = sound));
      if (!pulse.moving) {
        const patienceMs = connected ? Math.max(PICTURE_MS, this.patienceMs) : this.patienceMs;
        if (seen.still > patienceMs) return connected ? new Ended('no-picture') : unconnected();
        continue;
      }
      const over = this.#judge(seen, session, transport);
      if (over) return over;
    }
  }

  /** Says how a session that had pictures is; returns an Ended where it is over. */
  #judge(seen, session, transport) {
    const how = verdict(seen, this.#answer);
    if (how === 'live') this.#answer = null;
    else this.#ask(session);
    if (how === 'ask') return null;
    if (how !== 'live' && how !== 'frozen' && how !== 'silent') return new Ended(how);
    this.tell(how, {protocol: this.protocol, transport});
    return null;
  }

  /** One question at a time. */
  async #ask(session) {
    if (this.#asked) return;
    const asked = (this.#asked = {});
    const answer = await session.ask(AbortSignal.timeout(ANSWER_MS));
    if (asked !== this.#asked) return; // of a session that is over
    this.#answer = answer;
    setTimeout(() => asked === this.#asked && (this.#asked = null), ASK_AGAIN_MS);
  }
}
