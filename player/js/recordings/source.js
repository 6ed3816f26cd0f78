// Plays a recorded file in a <video>: feeds what is needed next, from wherever the viewer jumps to.
import {eitherOf} from '../lib/abort.js';
import {fragmentsIn, wholeIn} from './mp4.js';

const AHEAD_S = 20;
const BEHIND_S = 60;
const EARLIER_S = 2; // a picture can be shown from the key frame before it
const FRAMES_S = 0.2;
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

const once = (target, name, failure) =>
  new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, {once: true});
    if (failure) target.addEventListener(failure, () => reject(new Error(failure)), {once: true});
  });

export class FilePlayback {
  #video;
  #file;
  #stop = new AbortController();
  /** @type {AbortController | null} */
  #seeking = null;
  #running = Promise.resolve();

  constructor(video, file) {
    this.#video = video;
    this.#file = file;
  }

  /** Throws what RecordedFile throws. `failed(error)`: what went wrong later. */
  async start(failed) {
    const {signal} = this.#stop;
    await this.#file.measure(signal);
    const attached = await attach(this.#video, this.#file);
    if (signal.aborted) return;
    attached.media.duration = this.#file.seconds;
    const feed = (time) => {
      this.#seeking?.abort();
      const seeking = new AbortController();
      this.#seeking = seeking;
      const either = eitherOf(signal, seeking.signal);
      this.#running = this.#running
        .then(() => this.#feed(attached, time, either))
        .catch((error) => either.aborted || failed(error));
    };
    this.#video.addEventListener('seeking', () => buffered(this.#video) || feed(this.#video.currentTime), {signal});
    // a hole is reached after what lies behind it was read
    this.#video.addEventListener('waiting', () => this.#cross(this.#video.buffered), {signal});
    feed(0);
  }

  stop() {
    this.#stop.abort();
    this.#seeking?.abort();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  async #feed({media, buffer, append, remove}, time, signal) {
    if (signal.aborted) return;
    if (buffer.buffered.length) await remove(0, Infinity); // one stretch at a time: it is known what comes next
    let at = await this.#file.fragmentBefore(time - EARLIER_S, signal);
    let rest = new Uint8Array();
    while (at < this.#file.size && !signal.aborted) {
      const {buffered: ranges} = buffer; // as they are now
      const {currentTime} = this.#video;
      if (ranges.length && currentTime - ranges.start(0) > BEHIND_S) await remove(0, currentTime - BEHIND_S / 2);
      if (ranges.length && ranges.end(ranges.length - 1) - currentTime > AHEAD_S) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        continue;
      }
      const read = await this.#file.read(at, this.#file.bytesFor(CHUNK_S), signal);
      if (!read.length) break;
      at += read.length;
      rest = joined(rest, read);
      const whole = wholeIn(rest);
      if (whole) await append(rest.slice(0, whole));
      rest = whole ? rest.slice(whole) : past(rest, this.#file.head.timescales);
      this.#cross(buffer.buffered);
    }
    // what is left now is a fragment that was never finished
    if (!signal.aborted && media.readyState === 'open') media.endOfStream();
  }

  /** Over a hole that begins here: what is damaged there, or comes before the first key frame. */
  #cross(ranges) {
    if (!ranges.length || buffered(this.#video, FRAMES_S)) return;
    for (let i = 0; i < ranges.length; i++) {
      if (ranges.start(i) > this.#video.currentTime) {
        this.#video.currentTime = ranges.start(i);
        return;
      }
    }
  }
}

/** `more`: seconds that have to be there, since the last frames of a stretch are not always played. */
function buffered({buffered: ranges, currentTime}, more = 0) {
  for (let i = 0; i < ranges.length; i++) {
    if (ranges.start(i) <= currentTime + 0.05 && currentTime + more < ranges.end(i)) return true;
  }
  return false;
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
