// A recorded file, read by ranges: where its fragments are and when they play. The file may be growing, cut or damaged.
//
// A <video> could play it by its address, but reads all of it before it begins (MediaMTX writes no index), and says no
// password with its requests.
import {get} from '../lib/api.js';
import {PlaybackError} from '../lib/errors.js';
import {fragmentsIn, headOf, wholeIn} from './mp4.js';

const HEAD = 4096;
const LEAST = 64 * 1024;
const MOST = 4 * 1024 * 1024;
const NEAR_S = 3; // read from there on rather than search on
const MOST_STEPS = 8;

export class RecordedFile {
  #credentials;
  size = 0;
  seconds = 0;
  /** @type {Head} what open() has read */
  head = {end: 0, seconds: 0, timescales: new Map(), type: null};
  /** The bytes before the fragments. */
  start = new Uint8Array();
  closed = false;

  /** `seconds`: about how long it plays. */
  constructor({url, size, seconds}, credentials) {
    this.url = url;
    this.#credentials = credentials;
    this.rate = size / Math.max(seconds, 1);
  }

  /** Reads what is before the fragments. Throws PlaybackError. */
  async open(signal = undefined) {
    let bytes = await this.read(0, HEAD, signal);
    let head = parsedHead(bytes);
    if ('missing' in head) {
      bytes = await this.read(0, Math.min(head.missing, MOST), signal);
      head = parsedHead(bytes);
    }
    if ('missing' in head) throw new PlaybackError('damaged');
    this.head = head;
    this.start = bytes.slice(0, head.end);
    this.closed = head.seconds > 0;
    this.seconds = head.seconds;
  }

  /** Some bytes, fewer at the end of the file. Throws PlaybackError. */
  async read(from, count, signal = undefined) {
    const response = await get(this.url, this.#credentials, {range: `bytes=${from}-${from + count - 1}`}, signal);
    if (response.status === 416) return new Uint8Array();
    const body = await response.arrayBuffer().catch(() => {
      throw new PlaybackError('unreachable'); // in the middle: not the end of the file
    });
    const bytes = new Uint8Array(body);
    this.size = Number(response.headers.get('content-range')?.split('/')[1] ?? bytes.length);
    return bytes;
  }

  bytesFor(seconds) {
    return Math.round(Math.min(MOST, Math.max(LEAST, this.rate * seconds)));
  }

  /** The whole fragments in the last seconds: {at, time, bytes}. Throws PlaybackError. */
  async tail(seconds, signal = undefined) {
    for (let count = this.bytesFor(seconds); ; count *= 2) {
      const from = Math.max(this.head.end, this.size - count);
      const bytes = await this.read(from, count, signal);
      const fragments = fragmentsIn(bytes, this.head.timescales);
      const first = fragments.find(({at}) => wholeIn(bytes.subarray(at)));
      if (first) {
        const whole = bytes.subarray(first.at, first.at + wholeIn(bytes.subarray(first.at)));
        return {at: from + first.at, time: first.time, last: fragments.at(-1).time, bytes: whole};
      }
      if (from === this.head.end || count > MOST) throw new PlaybackError('damaged');
    }
  }

  /** One that was never closed tells its length only by its last fragment. */
  async measure(signal) {
    if (!this.closed) this.seconds = (await this.tail(NEAR_S, signal)).last + 1;
  }

  /** Where the fragment begins in which, or shortly before which, a time is: a few questions into the middle of the file. */
  async fragmentBefore(time, signal) {
    let low = {at: this.head.end, time: 0};
    let high = {at: this.size, time: this.seconds};
    let look = this.bytesFor(NEAR_S);
    for (let step = 0; step < MOST_STEPS && time - low.time > NEAR_S; step++) {
      const share = (time - low.time) / Math.max(high.time - low.time, 1);
      const guess = Math.max(low.at, Math.round(low.at + share * (high.at - low.at) - look / 2));
      const found = fragmentsIn(await this.read(guess, look, signal), this.head.timescales);
      const before = found.findLast((fragment) => fragment.time <= time);
      const after = found.find((fragment) => fragment.time > time);
      if (before) low = {at: guess + before.at, time: before.time};
      if (before && after) break;
      if (!before && after) high = {at: guess, time: after.time};
      if (!found.length) look = Math.min(MOST, look * 2);
    }
    return low.at;
  }
}

function parsedHead(bytes) {
  try {
    const head = headOf(bytes);
    if (head) return head;
  } catch {
    // a box says that it is longer than it is
  }
  throw new PlaybackError('damaged');
}
