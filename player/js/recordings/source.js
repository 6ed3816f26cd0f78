// Plays a recorded file in a <video>: feeds what is needed next, from wherever the viewer jumps to.
import {PlaybackError} from '../lib/errors.js';
import {fragmentsIn, wholeIn} from './mp4.js';
import {KEEP_S, nextStep} from './stretch.js';

const LOOK_MS = 500;
const CHUNK_S = 5;

const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource; // the latter: iPhone

export const playable = (type) => Boolean(type && Source?.isTypeSupported(type));

/** A SourceBuffer that says when it is done. */
export async function attach(video, {start, head}) {
  const media = new Source();
  video.disableRemotePlayback = true; // ManagedMediaSource asks for it
  video.src = URL.createObjectURL(media);
  await once(media, 'sourceopen');
  URL.revokeObjectURL(video.src);
  const buffer = media.addSourceBuffer(head.type);
  const done = (act) => {
    const ended = once(buffer, 'updateend', 'error');
    act();
    return ended;
  };
  const append = (bytes) => done(() => buffer.appendBuffer(bytes));
  await append(start);
  return {media, buffer, append, remove: (from, to) => done(() => buffer.remove(from, to))};
}

function once(target, name, failure = '') {
  const over = new AbortController(); // a SourceBuffer lives long
  return new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, {signal: over.signal});
    if (failure) target.addEventListener(failure, () => reject(new Error(failure)), {signal: over.signal});
  }).finally(() => over.abort());
}

export class FilePlayback {
  #video;
  #file;
  #stop = new AbortController();
  /** @type {any} a Stretch, or null: what is buffered does not count */
  #stretch = null;
  #keep = KEEP_S;
  #reading = new AbortController();
  #from = 0; // in the file: what is read next
  #rest = new Uint8Array(); // of a fragment that is not whole yet
  /** @type {Function} */
  #wake = () => null;

  constructor(video, file) {
    this.#video = video;
    this.#file = file;
  }

  /** Throws what RecordedFile throws. `failed(error)`: what went wrong later. */
  async start(failed) {
    const {signal} = this.#stop;
    await this.#file.measure(signal);
    if (signal.aborted) return;
    const attached = await attach(this.#video, this.#file);
    if (signal.aborted) return;
    attached.media.duration = this.#file.seconds;
    const look = () => {
      if (this.#stretch && this.#next(attached).act === 'begin') this.#reading.abort();
      this.#wake();
    };
    for (const name of ['seeking', 'waiting']) this.#video.addEventListener(name, look, {signal});
    this.#run(attached, failed);
  }

  stop() {
    this.#stop.abort();
    this.#reading.abort();
    this.#wake();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  /** Looks again and again at what is there and what is asked for, whatever has happened in between. */
  async #run(attached, failed) {
    const {signal} = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#act(attached, this.#next(attached));
      } catch (error) {
        const jumped = this.#reading.signal.aborted;
        this.#stretch = null;
        if (signal.aborted || jumped) continue;
        failed(error);
        await this.#woken(); // a jump, or the end of what is buffered, tries again
      }
    }
  }

  #next({buffer}) {
    const {buffered} = buffer;
    const ranges = Array.from(buffered, (_, i) => [buffered.start(i), buffered.end(i)]);
    const {currentTime, readyState} = this.#video;
    return nextStep(ranges, currentTime, this.#stretch, readyState < HTMLMediaElement.HAVE_FUTURE_DATA);
  }

  /** @param {import('./stretch.js').Step} step */
  async #act(attached, step) {
    switch (step.act) {
      case 'begin':
      case 'further':
        return this.#begin(attached, step.earlier);
      case 'read':
        return this.#read(attached);
      case 'trim':
        await attached.remove(0, step.to);
        Object.assign(this.#stretch, {asked: step.to, first: false});
        return;
      case 'cross':
        this.#video.currentTime = step.to;
        return;
      case 'wait':
        return this.#woken(LOOK_MS);
      case 'rest':
        // what is left now is a fragment that was never finished
        if (attached.media.readyState === 'open') attached.media.endOfStream();
        return this.#woken();
      default:
        throw new PlaybackError('damaged');
    }
  }

  async #begin({buffer, remove}, earlier) {
    this.#reading = new AbortController();
    this.#stretch = null; // nothing that is buffered belongs to the new place
    if (buffer.buffered.length) await remove(0, Infinity);
    const asked = this.#video.currentTime;
    this.#keep = Math.max(this.#keep, earlier);
    const stretch = {asked, earlier, keep: this.#keep, first: false, over: false};
    this.#stretch = stretch;
    this.#rest = new Uint8Array();
    this.#from = await this.#file.fragmentBefore(asked - earlier, this.#reading.signal);
    stretch.first = this.#from === this.#file.head.end;
  }

  async #read({append}) {
    const file = this.#file;
    const read =
      this.#from < file.size ? await file.read(this.#from, file.bytesFor(CHUNK_S), this.#reading.signal) : [];
    if (!read.length) {
      this.#stretch.over = true;
      return;
    }
    this.#from += read.length;
    const bytes = joined(this.#rest, read);
    const whole = wholeIn(bytes);
    this.#rest = whole ? bytes.slice(whole) : past(bytes, file.head.timescales);
    if (whole) await append(bytes.slice(0, whole));
  }

  /** @param {number} [ms] at the latest after so many */
  #woken(ms = undefined) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (ms) setTimeout(resolve, ms);
    });
  }
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** What follows a damaged place; all of it while a fragment may only not be complete yet. */
function past(bytes, timescales) {
  const next = fragmentsIn(bytes, timescales).find(({at}) => at > 0);
  return next ? bytes.slice(next.at) : bytes;
}
