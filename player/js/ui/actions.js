// Everything that a viewer can do. Buttons, keys and the system's media keys call the same.
import {saveSnapshot} from './snapshot.js';

const STEP = 0.1;
const BETWEEN = new Set(['locked', 'checking']); // the form waits for an answer first

/** `toldOf(name, value)`: what is worth keeping in the address. */
export class Actions {
  #video;
  #parts;
  #toldOf;
  #path;
  playback = null;

  /** @param {{still, panel, help, full, pip}} parts */
  constructor(video, path, parts, toldOf) {
    this.#video = video;
    this.#path = path;
    this.#parts = parts;
    this.#toldOf = toldOf;
    for (const name of ['play', 'pause', 'stop']) {
      try {
        navigator.mediaSession?.setActionHandler(name, () => this.playPause());
      } catch {
        // a browser that knows the session and not the action
      }
    }
  }

  /** Nothing is received while paused; whoever plays again sees what is happening now. */
  playPause() {
    if (!this.playback || BETWEEN.has(this.playback.state)) return;
    if (this.playback.state === 'stopped') this.goLive();
    else if (this.#video.paused && this.playback.state === 'live') this.goLive(); // paused by the browser
    else {
      this.#parts.still.hold();
      this.playback.stop();
    }
  }

  goLive() {
    if (!this.playback) return;
    this.playback.start(); // does nothing where it plays
    this.playback.goLive();
    if (this.#video.paused) this.#video.play().catch(() => null); // a picture comes, or the big button stays
  }

  mute() {
    this.#video.muted = !this.#video.muted;
    if (!this.#video.muted && this.#video.volume === 0) this.#video.volume = STEP;
    this.#toldOf('muted', this.#video.muted ? null : '0');
  }

  setVolume(volume) {
    this.#video.volume = Math.max(0, Math.min(1, volume));
    this.#video.muted = this.#video.volume === 0;
    this.#toldOf('volume', this.#video.volume === 1 ? null : this.#video.volume.toFixed(2));
    this.#toldOf('muted', this.#video.muted ? null : '0');
  }

  louder = () => this.setVolume(this.#video.volume + STEP);
  quieter = () => this.setVolume(this.#video.volume - STEP);

  numbers() {
    this.#toldOf('numbers', this.#parts.panel.toggle() ? '1' : null);
  }

  closeNumbers() {
    this.#parts.panel.toggle(false);
    this.#toldOf('numbers', null);
  }

  snapshot = () => saveSnapshot(this.#video, this.#path);
  fullScreen = () => this.#parts.full.toggle();
  pip = () => this.#parts.pip.toggle()?.catch(() => null); // no picture yet, or the viewer said no
  help = () => this.#parts.help().catch(() => null); // a network that is away
}
