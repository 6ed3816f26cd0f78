// Plays a path over WebRTC: offer, POST, candidates by PATCH, and a watch over what really arrives.
import {Ended} from './outcomes.js';
import {Pulse, verdict} from './pulse.js';
import {mediaPorts, WhepSession} from './signalling.js';
import {FrameWatch} from './watch.js';
import {Way} from './way.js';
import {summarise} from './whep_stats.js';

const CONNECT_MS = 8000; // MediaMTX gives up at 10 s
const LOOK_MS = 250;
const ANSWER_MS = 1500;
const ASK_AGAIN_MS = 500;
const GATHER_MS = 20; // candidates that come together go in one PATCH

export class Whep extends Way {
  #endpoint;
  #pc = null;
  #session = null;
  #media = null;
  #answer = null; // of the server, when it was asked for this session
  #asked = null;
  /** How long an attempt may take until its first picture. */
  patienceMs = CONNECT_MS;

  constructor(video, endpoint, credentials) {
    super(video, credentials);
    this.#endpoint = endpoint;
  }

  get protocol() {
    return 'webrtc';
  }

  async attempt(signal) {
    if (!globalThis.RTCPeerConnection) throw new Ended('unsupported');
    this.begin();
    const pc = (this.#pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'}));
    const session = (this.#session = new WhepSession(this.#endpoint, this.credentials.headers));
    pc.addTransceiver('video', {direction: 'recvonly'});
    pc.addTransceiver('audio', {direction: 'recvonly'});
    const media = (this.#media = new MediaStream());
    pc.ontrack = ({track, receiver}) => {
      receiver.jitterBufferTarget = 0; // no more than the network makes necessary
      media.addTrack(track);
      this.video.srcObject = media;
    };
    // The bare offer goes out at once; gathering starts with the ICE servers of the 201: no OPTIONS request, and
    // connected 100 ms earlier than with gathering first (viewer_chain.md 2).
    const offer = await pc.createOffer();
    const opened = await session.open(offer.sdp, AbortSignal.any([signal, AbortSignal.timeout(this.patienceMs)]));
    if (signal.aborted) return null;
    this.tell('accepted', this);
    if (opened.iceServers.length) pc.setConfiguration({...pc.getConfiguration(), iceServers: opened.iceServers});
    this.#trickle(pc, session);
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({type: 'answer', sdp: unsynchronised(opened.answer)});
    return this.#watch(pc, session, signal, mediaPorts(opened.answer));
  }

  release() {
    this.#session?.close();
    this.#session = null;
    this.#pc?.close();
    this.#pc = this.#asked = this.#answer = null;
  }

  /** Shows its pictures in another <video> from now on. */
  moveTo(video) {
    this.video.srcObject = null;
    this.video = video;
    video.srcObject = this.#media;
  }

  /** Plain numbers for people and tests, or null between attempts. */
  async stats() {
    return this.#pc && summarise(await this.#pc.getStats(), this.#pc.connectionState);
  }

  #trickle(pc, session) {
    const gathered = [];
    let timer = null;
    pc.onicecandidate = ({candidate}) => {
      if (!candidate?.candidate) return;
      gathered.push(candidate);
      timer ??= setTimeout(() => {
        timer = null;
        if (pc.localDescription) session.trickle(pc.localDescription.sdp, gathered.splice(0));
      }, GATHER_MS);
    };
  }

  /** Resolves with the reason why the session ended. */
  async #watch(pc, session, signal, ports) {
    const pulse = new Pulse(performance.now());
    const first = new FrameWatch(this.video);
    let hasSound = false;
    let connected = false;
    const dtls = pc.getTransceivers()[0].receiver.transport;
    const closed = new Promise((resolve) => {
      dtls?.addEventListener('statechange', () => dtls.state === 'closed' && resolve());
    });
    const unconnected = () => (ports.length ? new Ended('blocked', {ports: ports.join(', ')}) : new Ended('no-address'));
    for (;;) {
      first.moving = pulse.moving;
      await Promise.race([first.untilLook(LOOK_MS, signal), closed]);
      if (signal.aborted) return null;
      connected ||= pc.connectionState === 'connected';
      // A server that hangs up shows here at once; connectionState needs 7 to 17 s (viewer_chain.md 4).
      if (dtls?.state === 'closed') return new Ended('ended');
      if (pc.connectionState === 'failed') return connected ? new Ended('lost') : unconnected();
      const {framesDecoded: frames, heard, sound, transport} = summarise(await pc.getStats(), pc.connectionState);
      if (signal.aborted) return null;
      const seen = pulse.look(performance.now(), {frames, heard}, document.hidden && pulse.moving);
      if (sound !== hasSound) this.sound((hasSound = sound));
      if (!pulse.moving) {
        if (seen.still > this.patienceMs) return connected ? new Ended('no-picture') : unconnected();
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

/**
 * The answer with a stream of its own for each track. In one stream the browser holds every frame back until its sound
 * may be heard (54 to 172 ms were measured, 7 to 10 without); so the picture comes at once, and its sound that much later.
 */
export function unsynchronised(answer) {
  let tracks = 0;
  return answer.replace(/^a=msid:\S+/gm, (stream) => `${stream}-${tracks++}`);
}
