// How a WebRTC session begins: a connection, its offer, the answer, candidates by PATCH. It imports little, so that it can
// begin before the rest of the page is loaded.
import {PlaybackError} from '../lib/errors.js';
import {nearestFirst, unsynchronised, WhepSession} from './signalling.js';

const GATHER_MS = 20; // candidates that come together go in one PATCH

export class Negotiation {
  #abandoned = new AbortController();

  /** @param {Record<string, string>} headers who asks */
  constructor(endpoint, headers) {
    this.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
    this.session = new WhepSession(endpoint, headers);
    /** What there is to see and hear, once the answer is set. */
    this.media = new MediaStream();
    /** Resolves with the server's answer once it is set; rejects with PlaybackError, or an exception of the browser. */
    this.answered = Promise.race([this.#negotiate(), this.#untilAbandoned()]);
    this.answered.catch(() => null); // handled by what plays it, perhaps later
  }

  // The bare offer goes out at once; gathering starts with the ICE servers of the 201: no OPTIONS request, and connected
  // earlier than with gathering first: docs/notes/browsers.md#gathering
  async #negotiate() {
    const {pc, session} = this;
    for (const kind of ['video', 'audio']) pc.addTransceiver(kind, {direction: 'recvonly'});
    const offer = await pc.createOffer();
    const {answer, iceServers} = await session.open(offer.sdp, this.#abandoned.signal);
    if (iceServers.length) pc.setConfiguration({...pc.getConfiguration(), iceServers});
    this.#trickle();
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({type: 'answer', sdp: unsynchronised(nearestFirst(answer, location.hostname))});
    for (const {receiver, currentDirection} of pc.getTransceivers()) {
      if (currentDirection !== 'recvonly') continue; // a stream without sound
      receiver.jitterBufferTarget = 0; // no more than the network makes necessary
      this.media.addTrack(receiver.track);
    }
    return answer;
  }

  /** Rejects then: a connection that is closed may leave its promises pending for good. */
  #untilAbandoned() {
    return new Promise((_, reject) => {
      this.#abandoned.signal.addEventListener('abort', () => reject(new PlaybackError('unreachable')));
    });
  }

  #trickle() {
    const {pc, session} = this;
    const gathered = [];
    pc.onicecandidate = ({candidate}) => {
      if (!candidate?.candidate || gathered.push(candidate) > 1) return;
      setTimeout(() => {
        const together = gathered.splice(0);
        if (pc.localDescription) session.trickle(pc.localDescription.sdp, together);
      }, GATHER_MS);
    };
  }

  /** Resolves as soon as it is known whether media will come, at the latest after so many milliseconds. */
  settled(ms) {
    const {pc} = this;
    const decided = new Promise((resolve) => {
      pc.addEventListener('connectionstatechange', () => pc.connectionState !== 'connecting' && resolve(null));
    });
    const late = new Promise((resolve) => setTimeout(resolve, ms));
    return Promise.race([
      this.answered.then(
        () => decided,
        () => null,
      ),
      late,
    ]);
  }

  /** Waits for the server's answer no longer. */
  giveUp() {
    this.#abandoned.abort();
  }

  close() {
    this.giveUp();
    this.session.close();
    this.pc.close();
  }
}
