// A <video> with a MediaSource, as far as the player of recordings sees one: what comes later in a browser comes a random
// number of turns later here. And files of fragments whose bytes say when they play.
const turns = async (random, most) => {
  for (let left = Math.floor(random() * most); left >= 0; left--) await new Promise(setImmediate);
};

/** A generator of numbers in [0, 1) (mulberry32): the same ones for the same seed. */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function box(type, ...contents) {
  const size = 8 + contents.reduce((sum, {length}) => sum + length, 0);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...contents]);
}

const word = (number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};

const HEAD = box('moov', Buffer.alloc(92));
const MILLISECONDS = new Map([[1, 1000]]);

/** @param {{time: number, seconds: number, key: boolean, damaged?: boolean}[]} fragments */
export function fileOf(fragments) {
  const all = fragments.map(({time, seconds, key, damaged}, i) => {
    const track = box('traf', box('tfhd', word(0), word(1)), box('tfdt', word(0), word(Math.round(time * 1000))));
    const frames = Buffer.alloc(300);
    frames.set([0x77, key ? 1 : 0, ...word(Math.round(time * 1000)), ...word(Math.round(seconds * 1000))]);
    const whole = Buffer.concat([box('moof', box('mfhd', word(0), word(i)), track), box('mdat', frames)]);
    return damaged ? Buffer.alloc(whole.length) : whole;
  });
  return Buffer.concat([HEAD, ...all]);
}

/** What RecordedFile.open() finds in it. */
export const headOf = (seconds) => ({end: HEAD.length, seconds, timescales: MILLISECONDS, type: 'video/mp4'});

/** Answers ranges of a file, some turns later, until the signal aborts. */
export function serving(file, random, asked = []) {
  return async (_, {headers, signal}) => {
    const [, first, last] = headers.range.match(/^bytes=(\d+)-(\d+)$/).map(Number);
    asked.push(first);
    await turns(random, 12);
    signal?.throwIfAborted();
    const body = file.subarray(first, last + 1);
    const known = {'content-range': `bytes ${first}-${last}/${file.length}`};
    return new Response(body.length ? body : null, {status: body.length ? 206 : 416, headers: known});
  };
}

class Ranges {
  constructor(pairs) {
    this.pairs = pairs;
    this.length = pairs.length;
  }
  start = (i) => this.pairs[i][0];
  end = (i) => this.pairs[i][1];
}

class SourceBuffer extends EventTarget {
  updating = false;
  #held = []; // [from, to, key], in order
  #needsKey = true;
  #end = null;

  constructor(media) {
    super();
    this.media = media;
  }

  get buffered() {
    const pairs = [];
    for (const [from, to, key] of this.#held) {
      const last = pairs.at(-1);
      if (last && Math.abs(from - last[1]) < 0.1) last[1] = to;
      else if (key) pairs.push([from, to]);
    }
    return new Ranges(pairs);
  }

  appendBuffer(bytes) {
    this.#update(() => {
      const data = Buffer.from(bytes);
      for (let at = data.indexOf('mdat'); at !== -1; at = data.indexOf('mdat', at + 1)) {
        const frames = data.subarray(at + 4);
        const [from, seconds] = [frames.readUInt32BE(2) / 1000, frames.readUInt32BE(6) / 1000];
        const key = frames[1] === 1;
        if (this.#end === null || Math.abs(from - this.#end) > 0.5) this.#needsKey = true;
        this.#end = from + seconds;
        if (this.#needsKey && !key) continue;
        this.#needsKey = false;
        this.#held.push([from, from + seconds, key]);
      }
      this.#held.sort(([one], [other]) => one - other);
    });
  }

  /** What is removed takes with it what follows up to a key frame. */
  remove(first, last) {
    this.#update(() => {
      let open = false;
      this.#held = this.#held.filter(([from, , key]) => {
        const inside = from >= first && from < last;
        open = inside || (open && !key);
        return !open;
      });
    });
  }

  #update(change) {
    if (this.updating) throw new DOMException('updating', 'InvalidStateError');
    this.updating = true;
    this.media.readyState = 'open';
    turns(this.media.random, 6).then(() => {
      change();
      this.updating = false;
      this.dispatchEvent(new Event('updateend'));
    });
  }
}

export class MediaSource extends EventTarget {
  static isTypeSupported = () => true;
  static newest;
  static random;
  readyState = 'closed';
  duration = NaN;
  ends = 0;
  random = MediaSource.random;
  sourceBuffers = [];

  constructor() {
    super();
    MediaSource.newest = this;
    setImmediate(() => {
      this.readyState = 'open';
      this.dispatchEvent(new Event('sourceopen'));
    });
  }

  addSourceBuffer() {
    this.sourceBuffers.push(new SourceBuffer(this));
    return this.sourceBuffers[0];
  }

  endOfStream() {
    const {pairs} = this.sourceBuffers[0].buffered;
    this.duration = pairs.at(-1)?.[1] ?? 0;
    this.readyState = 'ended';
    this.ends++;
  }
}

export class Video extends EventTarget {
  #at = 0;
  /** Each place that it was sent to. */
  sent = [];

  get currentTime() {
    return this.#at;
  }

  set currentTime(at) {
    this.sent.push(at);
    this.#at = Math.min(at, MediaSource.newest?.duration || Infinity);
    for (const name of MediaSource.random() < 0.5 ? ['waiting', 'seeking'] : ['seeking', 'waiting']) {
      turns(MediaSource.random, 3).then(() => this.dispatchEvent(new Event(name)));
    }
  }

  /** Plays up to there, as far as there is anything. */
  playTo(at) {
    const range = this.ranges.find(([from, to]) => from <= this.#at && this.#at < to);
    this.#at = Math.min(at, range ? range[1] - 0.01 : this.#at);
    if (this.#at < at) this.dispatchEvent(new Event('waiting'));
  }

  get buffered() {
    return MediaSource.newest.sourceBuffers[0].buffered;
  }

  get ranges() {
    return MediaSource.newest.sourceBuffers[0]?.buffered.pairs ?? [];
  }

  get readyState() {
    const range = this.ranges.find(([from, to]) => from <= this.#at && this.#at < to);
    return range ? (this.#at < range[1] - 0.05 ? 4 : 2) : 1;
  }

  removeAttribute() {}
  load() {}
}
