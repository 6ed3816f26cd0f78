// The HTTP side of a WHEP session (RFC 9725 and draft-ietf-wish-whep): one object per session, no media in here.
import {PAGE_HEADERS} from '../lib/credentials.js';
import {errorOfHttp, errorOfResponse, PlaybackError} from '../lib/errors.js';

const PATCH_HEADERS = {...PAGE_HEADERS, 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*'};

/**
 * The ICE servers of a Link header, as RTCPeerConnection wants them. Several header lines arrive joined by commas.
 * `<turn:h:3478?transport=udp>; rel="ice-server"; username="u"; credential="p"; credential-type="password"`
 */
export function iceServers(link) {
  const entries = [...(link ?? '').matchAll(/<([^>]+)>([^<]*)/g)].filter(([, , rest]) =>
    /rel="?ice-server"?/.test(rest),
  );
  return entries.map(([, urls, rest]) => {
    const value = (name) =>
      rest.match(new RegExp(`[;\\s]${name}="((?:[^"\\\\]|\\\\.)*)"`))?.[1].replace(/\\(.)/g, '$1');
    const username = value('username');
    return username === undefined ? {urls} : {urls, username, credential: value('credential')};
  });
}

/** The ports on which an answer offers media, each once: what a firewall must let through. */
export function mediaPorts(sdp) {
  const ports = [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ \S+ (\d+) typ host/gm)].map(([, port]) => port);
  return [...new Set(ports)];
}

/** The last segment of a session's Location, by which MediaMTX knows it; null where it is not one of MediaMTX. */
export const sessionOf = (location) => location?.match(/\/([0-9a-f]{8}-[0-9a-f-]{27}(?:\?.*)?)$/)?.[1] ?? null;

const LOOPBACK = /^(127\..+|::1|localhost)$/;

/**
 * The answer with the likeliest candidates first: a browser tries them in this order, 50 to 60 ms apart, and MediaMTX
 * begins with its own loopback and Docker's bridge.
 * @param {string} host by which the page itself was reached
 */
export function nearestFirst(answer, host) {
  const own = host.replace(/^\[|\]$/g, '');
  const rank = (line) => {
    const address = line.split(' ')[4];
    if (address === own || (LOOPBACK.test(own) && LOOPBACK.test(address))) return 0;
    return LOOPBACK.test(address) ? 2 : 1;
  };
  return answer.replace(/(?:^a=candidate:.*\r\n)+/m, (all) => {
    const lines = all.trimEnd().split('\r\n');
    return `${lines.sort((a, b) => rank(a) - rank(b)).join('\r\n')}\r\n`;
  });
}

/**
 * The answer with a stream of its own for each track. In one stream the browser holds each frame back for its sound (54 to
 * 172 ms were measured, 7 to 10 without).
 */
export function unsynchronised(answer) {
  let tracks = 0;
  return answer.replace(/^a=msid:\S+/gm, (stream) => `${stream}-${tracks++}`);
}

/** Candidates as the body of a PATCH (RFC 8840); `description` is the local SDP they belong to. */
export function candidateFragment(description, candidates) {
  const line = (name) => description.match(new RegExp(`^a=${name}:.*$`, 'm'))[0].trim();
  const lines = candidates.map(({candidate}) => `a=${candidate}`);
  return [line('ice-ufrag'), line('ice-pwd'), 'm=video 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:0', ...lines, ''].join('\r\n');
}

export class WhepSession {
  #endpoint;
  #headers;
  /** @type {URL | null} */
  #location = null;

  /** @param {Record<string, string>} headers for the POST alone: the session's URL is the key to the rest */
  constructor(endpoint, headers) {
    this.#endpoint = new URL(endpoint, location.href);
    this.#headers = {...PAGE_HEADERS, ...headers};
  }

  /** POSTs the offer. Returns {answer, iceServers}; throws PlaybackError. */
  async open(offer, signal) {
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      headers: {...this.#headers, 'content-type': 'application/sdp'},
      body: offer,
      signal,
    }).catch(() => {
      throw new PlaybackError('unreachable');
    });
    if (response.status !== 201) throw await errorOfResponse(response);
    const session = sessionOf(response.headers.get('location'));
    // below the endpoint, under whatever path a proxy shows it; known before the body, as the page may be left meanwhile
    if (session) this.#location = new URL(`${this.#endpoint.href}/${session}`);
    const answer = await response.text();
    if (!session || !answer.startsWith('v=')) throw errorOfHttp(201, '', false);
    return {answer, iceServers: iceServers(response.headers.get('link'))};
  }

  /** PATCHes candidates. A failure does not matter: a server that reaches the viewer learns them anyway. */
  async trickle(description, candidates) {
    if (!this.#location) return;
    const body = candidateFragment(description, candidates);
    await fetch(this.#location, {method: 'PATCH', headers: PATCH_HEADERS, body}).catch(() => null);
  }

  /** Asks whether the session lives, with a PATCH that changes nothing: docs/notes/mediamtx.md#does-a-session-live */
  async ask(signal) {
    if (!this.#location) return 'gone';
    const answer = await fetch(this.#location, {method: 'PATCH', headers: PATCH_HEADERS, signal}).catch(() => null);
    if (answer?.status === 204) return 'lives';
    const {reason} = answer ? await errorOfResponse(answer) : {reason: 'unreachable'};
    if (reason === 'restarting') return reason;
    return reason === 'unreachable' || reason === 'foreign' ? 'unanswered' : 'gone';
  }

  /** Ends the session on the server; works while the page is being left. */
  close() {
    if (this.#location)
      fetch(this.#location, {method: 'DELETE', headers: PAGE_HEADERS, keepalive: true}).catch(() => null);
    this.#location = null;
  }
}
