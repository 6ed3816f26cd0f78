// Plays a path over WebRTC: offer, POST, candidates by PATCH, and a watch over what really arrives.
import {Ended} from './outcomes.js';
import {Playback} from './playback.js';
import {mediaPorts, WhepSession} from './signalling.js';
import {FrameWatch} from './watch.js';
import {summarise} from './whep_stats.js';

const CONNECT_MS = 8000; // MediaMTX gives up at 10 s
const FROZEN_MS = 3000;
const LOOK_MS = 250;
const GATHER_MS = 20; // candidates that come together go in one PATCH

export class Whep extends Playback {
  #endpoint;
  #pc = null;
  #session = null;

  constructor(video, endpoint, credentials) {
    super(video, credentials);
    this.#endpoint = endpoint;
  }

  async attempt(signal) {
    if (!globalThis.RTCPeerConnection) throw new Ended('unsupported');
    const pc = (this.#pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'}));
    const session = (this.#session = new WhepSession(this.#endpoint, this.credentials.headers));
    pc.addTransceiver('video', {direction: 'recvonly'});
    pc.addTransceiver('audio', {direction: 'recvonly'});
    const media = new MediaStream();
    pc.ontrack = ({track}) => {
      media.addTrack(track);
      this.video.srcObject = media;
    };
    // The bare offer goes out at once; gathering starts with the ICE servers of the 201: no OPTIONS request, and
    // connected 100 ms earlier than with gathering first (viewer_chain.md 2).
    const offer = await pc.createOffer();
    const opened = await session.open(offer.sdp, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]));
    if (signal.aborted) return null;
    this.connecting();
    if (opened.iceServers.length) pc.setConfiguration({...pc.getConfiguration(), iceServers: opened.iceServers});
    this.#trickle(pc, session);
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({type: 'answer', sdp: opened.answer});
    return this.#watch(pc, signal, mediaPorts(opened.answer));
  }

  release() {
    this.#session?.close();
    this.#session = null;
    this.#pc?.close();
    this.#pc = null;
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
  async #watch(pc, signal, ports) {
    const frames = new FrameWatch(this.video);
    let hasSound = false;
    let connected = false;
    const dtls = pc.getTransceivers()[0].receiver.transport;
    const closed = new Promise((resolve) => {
      dtls?.addEventListener('statechange', () => dtls.state === 'closed' && resolve());
    });
    const unconnected = () => (ports.length ? new Ended('blocked', {ports: ports.join(', ')}) : new Ended('no-address'));
    for (;;) {
      await Promise.race([frames.untilLook(LOOK_MS, signal), closed]);
      if (signal.aborted) return null;
      connected ||= pc.connectionState === 'connected';
      // A server that hangs up shows here at once; connectionState needs 7 to 17 s (viewer_chain.md 4).
      if (dtls?.state === 'closed') return new Ended('ended');
      if (pc.connectionState === 'failed') return connected ? new Ended('lost') : unconnected();
      const {framesDecoded, sound} = summarise(await pc.getStats(), pc.connectionState);
      if (signal.aborted) return null;
      const still = frames.stillFor(framesDecoded, document.hidden && frames.moving);
      if (frames.moving) this.live();
      if (sound !== hasSound) this.sound((hasSound = sound));
      if (frames.moving && still > FROZEN_MS) return new Ended('frozen');
      if (!frames.moving && still > CONNECT_MS) return connected ? new Ended('no-picture') : unconnected();
    }
  }
}
