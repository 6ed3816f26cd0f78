// How a WebRTC session begins: a connection, its offer, the server's answer, candidates by PATCH. It needs little else, so
// that the page can begin while the rest of it is still being loaded.
import {Ended} from '../lib/errors.js';
import {nearestFirst, unsynchronised, WhepSession} from './signalling.js';

const GATHER_MS = 20; // candidates that come together go in one PATCH

export class Negotiation {
  #given = new AbortController();

  /** @param {string} endpoint where the offer is POSTed, @param {Record<string, string>} headers who asks */
  constructor(endpoint, headers) {
    this.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
    this.session = new WhepSession(endpoint, headers);
    /** What there is to see and hear, once the answer is taken. */
    this.media = new MediaStream();
    /** Resolves with the server's answer once it is taken; rejects with Ended. */
    this.answered = Promise.race([this.#negotiate().catch(asEnded), this.#untilGivenUp()]);
    this.answered.catch(() => null); // whoever plays looks at it, perhaps later
  }

  // The bare offer goes out at once; gathering starts with the ICE servers of the 201: no OPTIONS request, and connected
  // 100 ms earlier than with gathering first: docs/notes/browsers.md#gathering
  async #negotiate() {
    const {pc, session} = this;
    for (const kind of ['video', 'audio']) pc.addTransceiver(kind, {direction: 'recvonly'});
    const offer = await pc.createOffer();
    const {answer, iceServers} = await session.open(offer.sdp, this.#given.signal);
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

  /** Rejects then: a connection that was closed may leave what was asked of it unanswered for good. */
  #untilGivenUp() {
    return new Promise((_, reject) => {
      this.#given.signal.addEventListener('abort', () => reject(new Ended('unreachable')));
    });
  }

  #trickle() {
    const {pc, session} = this;
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

  /** Resolves as soon as it is known whether media will come, at the latest after so many milliseconds. */
  settled(ms) {
    const {pc} = this;
    const decided = new Promise((resolve) => {
      pc.addEventListener('connectionstatechange', () => pc.connectionState !== 'connecting' && resolve());
    });
    const late = new Promise((resolve) => setTimeout(resolve, ms));
    return Promise.race([this.answered.then(() => decided, () => null), late]);
  }

  /** Waits for the server's answer no longer. */
  giveUp() {
    this.#given.abort();
  }

  close() {
    this.giveUp();
    this.session.close();
    this.pc.close();
  }
}

/** What this browser's WebRTC makes nothing of, HLS may play. */
function asEnded(problem) {
  throw problem instanceof Ended ? problem : new Ended('media', {detail: problem.message});
}
