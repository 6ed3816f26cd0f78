// Everything that a viewer can do; buttons, keys and the system's media keys call it.

const STEP = 0.1;
const LOGIN = new Set(['locked', 'checking']);

export class Actions {
  #video;
  #parts;
  #onSettingChange;
  #path;
  /** @type {Playback | null} */
  playback = null;
  /** What the page says: by the viewer, or by the browser. */
  paused = false;

  /** @param {(name: string, value: string | null) => void} onSettingChange what is worth keeping in the address */
  constructor(video, path, parts, onSettingChange) {
    this.#video = video;
    this.#path = path;
    this.#parts = parts;
    this.#onSettingChange = onSettingChange;
    for (const name of /** @type {const} */ (['play', 'pause', 'stop'])) {
      try {
        navigator.mediaSession?.setActionHandler(name, () => this.playPause());
      } catch {
        // a browser that knows the session and not the action
      }
    }
  }

  /** Nothing is received while paused; playing again shows what is happening now. */
  playPause() {
    if (!this.playback || LOGIN.has(this.playback.state)) return;
    if (this.paused) this.goLive();
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
    this.#onSettingChange('muted', this.#video.muted ? null : '0');
  }

  setVolume(volume) {
    this.#video.volume = Math.max(0, Math.min(1, volume));
    this.#video.muted = this.#video.volume === 0;
    this.#onSettingChange('volume', this.#video.volume === 1 ? null : this.#video.volume.toFixed(2));
    this.#onSettingChange('muted', this.#video.muted ? null : '0');
  }

  louder = () => this.setVolume(this.#video.volume + STEP);
  quieter = () => this.setVolume(this.#video.volume - STEP);

  numbers() {
    this.#onSettingChange('numbers', this.#parts.numbers.toggle() ? '1' : null);
  }

  snapshot = () => this.#save().catch(() => null); // a network that is away
  fullScreen = () => this.#parts.full.toggle();
  pip = () => this.#parts.pip.toggle()?.catch(() => null); // no picture yet, or the viewer said no
  help = () => this.#parts.help().catch(() => null);

  async #save() {
    const {saveSnapshot} = await import('./snapshot.js');
    return saveSnapshot(this.#video, this.#path);
  }
}
