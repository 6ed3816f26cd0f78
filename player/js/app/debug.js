// window.envivo: what the page knows about itself, to be read by tests. Nothing in it acts.
const KEPT = 100;

export function observe(playback, {mode, path}) {
  const history = [];
  playback.addEventListener('state', ({detail}) => {
    history.push(Object.freeze({...detail, at: Math.round(performance.now())}));
    if (history.length > KEPT) history.shift();
  });
  const envivo = {
    mode,
    path,
    /** webrtc or hls, as it is in use. */
    get protocol() {
      return history.findLast(({protocol}) => protocol)?.protocol ?? null;
    },
    get state() {
      return playback.state;
    },
    get reason() {
      return history.at(-1)?.reason ?? null;
    },
    /** Every state since the page was loaded, `at` in ms since then; the last 100. */
    get history() {
      return [...history];
    },
    get firstFrameMs() {
      return playback.firstFrameMs;
    },
    stats: () => playback.stats(),
  };
  Object.defineProperty(window, 'envivo', {value: Object.freeze(envivo)});
}
