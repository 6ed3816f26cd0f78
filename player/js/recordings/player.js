// Plays one recording after the other.
import {RecordedFile} from './file.js';
import {FilePlayback, playable} from './source.js';
import {buildPlayer} from './view.js';

const NEXT_S = 10; // a segment that begins later is another occasion

export class RecordingsPlayer {
  #view = buildPlayer();
  #words;
  #credentials;
  /** @type {FilePlayback | null} */
  #playback = null;
  /** @type {{segments: Segment[], number: number, path: string | null} | null} */
  #playing = null;

  constructor(words, credentials) {
    this.#words = words;
    this.#credentials = credentials;
    this.#view.video.addEventListener('ended', () => this.#goOn());
    this.#view.video.addEventListener('playing', () => this.#view.trouble('')); // it plays again
    this.#view.video.addEventListener('error', () => this.#playing && this.#fail(this.#view.video.error));
  }

  get section() {
    return this.#view.section;
  }

  /** The segment that is played. */
  get segment() {
    return this.#playing ? this.#playing.segments[this.#playing.number] : null;
  }

  /** @param {Segment[]} segments @param {number} number which of them to begin with @param {string | null} path */
  async play(segments, number, path) {
    const {t, moment} = this.#words;
    const segment = segments[number];
    this.#playback?.stop();
    this.segment?.view?.mark(false);
    const playing = {segments, number, path};
    this.#playing = playing;
    segment.view?.mark(true);
    const {video} = this.#view;
    this.#view.show(t('recordings.playing', {path, time: moment(segment.begin)}));
    this.#view.section.scrollIntoView({block: 'nearest'});
    video.focus();
    const isPlaying = () => this.#playing === playing; // another may have been chosen in the meantime
    try {
      const file = new RecordedFile(segment, this.#credentials);
      await file.open();
      if (!isPlaying()) return;
      if (playable(file.head.type)) {
        const playback = new FilePlayback(video, file);
        this.#playback = playback;
        await playback.start((error) => isPlaying() && this.#fail(error));
      } else {
        this.#playback = null;
        await teachPassword(segment, this.#credentials);
        if (!isPlaying()) return;
        video.src = segment.url; // what this browser makes of it
      }
      if (isPlaying()) await video.play().catch(() => null); // a browser that does not start by itself shows its button
    } catch (/** @type {any} */ error) {
      if (isPlaying()) this.#fail(error);
    }
  }

  #goOn() {
    if (!this.#playing) return;
    const {segments, number, path} = this.#playing;
    const [segment, next] = segments.slice(number, number + 2);
    const gap = next ? (next.begin.getTime() - segment.begin.getTime()) / 1000 - segment.seconds : Infinity;
    if (gap < NEXT_S) this.play(segments, number + 1, path);
  }

  /** @param {{reason?: string, code?: number} | null} error a PlaybackError, or the MediaError of the <video> */
  #fail(error) {
    const {segment} = this;
    const reason = error?.code === MediaError.MEDIA_ERR_DECODE ? 'damaged' : (error?.reason ?? '');
    if (segment && reason === 'damaged') segment.state = 'damaged';
    segment?.view?.show();
    const known = ['damaged', 'missing', 'password'].includes(reason) ? reason : 'other';
    this.#view.trouble(this.#words.t(`recordings.trouble.${known}`));
  }
}

/**
 * Lets the browser itself know user and password, so that requests that no script can add a header to (a download, a
 * <video> by address) do not make it ask.
 */
async function teachPassword({url}, {headers}) {
  const given = headers.authorization?.split(' ')[1];
  if (!given) return;
  const text = new TextDecoder().decode(Uint8Array.from(atob(given), (char) => char.charCodeAt(0)));
  const [user, ...password] = text.split(':');
  const request = new XMLHttpRequest();
  request.open('HEAD', url, true, user, password.join(':'));
  request.send();
  await new Promise((resolve) => request.addEventListener('loadend', resolve));
}

/** A locked recording is downloaded once the browser knows the password that the page knows. */
export async function openDownload(event, segment, credentials) {
  const link = event.currentTarget;
  if (!credentials.headers.authorization || link.dataset.taught) return;
  event.preventDefault();
  await teachPassword(segment, credentials);
  link.dataset.taught = 'yes';
  link.click();
}
