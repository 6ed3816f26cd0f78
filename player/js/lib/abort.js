/** Aborts with whichever of two signals aborts first. AbortSignal.any is missing before Firefox 124 and Safari 17.4. */
export function eitherOf(one, other) {
  if (AbortSignal.any) return AbortSignal.any([one, other]);
  const both = new AbortController();
  for (const signal of [one, other]) {
    const abort = () => both.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, {signal: both.signal});
  }
  return both.signal;
}
