// hls.js, which the deploy puts beside the page; loaded once, when it is first needed.
import {PlaybackError} from '../lib/errors.js';

const LIBRARY = 'vendor/hls.min.js';

/** @type {Promise<any> | null} */
let library = null;

export function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = LIBRARY;
    script.onload = () => resolve(globalThis.Hls);
    script.onerror = () => {
      library = null; // a change of network fails it as well: the next attempt loads it again
      script.remove();
      reject(new PlaybackError('incomplete', {detail: LIBRARY}));
    };
    document.head.append(script);
  });
  return library;
}
