// Parts of the player that are loaded, with their words, when they are first asked for.
const RETRY_MS = 1000; // a network that is gone

/**
 * Loads a part and the words that come with such parts; again and again, as long as it is wanted.
 * @param {() => Promise<any>} load
 * @returns {Promise<any>} the module; null if it is not needed any more
 */
export async function demand(load, t, wanted) {
  while (wanted()) {
    const loaded = await Promise.all([load(), t.later()]).catch(() => null);
    if (loaded) return loaded[0];
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return null;
}

/** The panel of numbers (stats/panel.js) before the bar of buttons. `changed(open)`: called when it opens or closes. */
export function buildNumbers(t, bar, video, path) {
  /** @type {any} */
  let panel = null;
  let open = false;
  /** @type {Playback | null} */
  let playback = null;

  async function show() {
    if (!panel) {
      const part = await demand(
        () => import('../stats/panel.js'),
        t,
        () => open,
      );
      if (!part) return;
      panel ??= part.buildPanel(t, video, path, playback);
      bar.before(panel.panel);
    }
    panel.toggle(open);
  }

  return {
    changed: (_open) => {},
    follow: (followed) => (playback = followed),
    toggle() {
      open = !open;
      this.changed(open);
      show();
      return open;
    },
  };
}
