// Waiting, and what ends it.

/** Aborts with whichever of two signals aborts first. AbortSignal.any is missing before Firefox 124 and Safari 17.4. */
export function eitherOf(first, second) {
  if (AbortSignal.any) return AbortSignal.any([first, second]);
  const either = new AbortController();
  for (const signal of [first, second]) {
    const abort = () => either.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, {signal: either.signal});
  }
  return either.signal;
}

/** Resolves after so many milliseconds, or as soon as the signal aborts. @returns {Promise<void>} */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
