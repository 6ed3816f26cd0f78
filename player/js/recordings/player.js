// Plays one recording after the other.
import {RecordedFile} from './file.js';
import {FilePlayback, playable} from './source.js';
import {buildPlayer} from './view.js';

const NEXT_S = 10; // a segment that begins later is another occasion

export class RecordingsPlayer {
  #view = buildPlayer();
  #words;
  #credentials;
  #playback = null;
  #playing = null;

  constructor(words, credentials) {
    this.#words = words;
    this.#credentials = credentials;
    this.#view.video.addEventListener('ended', () => this.#goOn());
    this.#view.video.addEventListener('error', () => this.#playing && this.#fail(this.#view.video.error));
  }

  get section() {
    return this.#view.section;
  }

  isPlaying(segment) {
    return this.#playing?.segment === segment;
  }

  async play(segments, number, path) {
    const {t, moment} = this.#words;
    const segment = segments[number];
    this.#playback?.stop();
    this.#playing?.segment.view.mark(false);
    const playing = (this.#playing = {segments, number, path, segment});
    segment.view.mark(true);
    const {video} = this.#view;
    this.#view.show(t('recordings.playing', {path, time: moment(segment.begin)}));
    this.#view.section.scrollIntoView({block: 'nearest'});
    video.focus();
    try {
      const file = new RecordedFile(segment, this.#credentials);
      await file.open();
      if (this.#playing !== playing) return;
      if (playable(file.head.type)) {
        this.#playback = new FilePlayback(video, file);
        await this.#playback.start((error) => this.#playing === playing && this.#fail(error));
      } else {
        this.#playback = null;
        await introduce(segment, this.#credentials);
        video.src = segment.url; // what this browser makes of it
      }
      await video.play().catch(() => null); // a browser that does not start by itself shows its button
    } catch (error) {
      if (this.#playing === playing) this.#fail(error);
    }
  }

  #goOn() {
    const {segments, number, path} = this.#playing;
    const [one, next] = [segments[number], segments[number + 1]];
    if (next && (next.begin - one.begin) / 1000 - one.seconds < NEXT_S) this.play(segments, number + 1, path);
  }

  /** `what`: Unreadable, or what the element says of a file that it was given. */
  #fail(what) {
    const {segment} = this.#playing;
    const reason = what?.code === MediaError.MEDIA_ERR_DECODE ? 'damaged' : what?.reason;
    if (reason === 'damaged') segment.state = 'damaged';
    segment.view.show();
    const known = ['damaged', 'none', 'locked'].includes(reason) ? reason : 'other';
    this.#view.trouble(this.#words.t(`recordings.trouble.${known}`));
  }
}

/**
 * Lets the browser itself know user and password, so that requests that no script can add a header to (a download, a
 * <video> by address) do not make it ask.
 */
async function introduce({url}, {headers}) {
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
  if (!credentials.headers.authorization || link.dataset.introduced) return;
  event.preventDefault();
  await introduce(segment, credentials);
  link.dataset.introduced = 'yes';
  link.click();
}
