// Every way in which an attempt to play can end: what a viewer is told, and when the next attempt comes.

/** Thrown or returned by an attempt. `params` fill the message (see messages.js). */
export class Ended extends Error {
  constructor(reason, params = {}) {
    super(reason);
    this.reason = reason;
    this.params = params;
  }
}

// often: a cheap question: a few a second after a picture was lost, so that it is back as soon as the stream is; else one.
// backoff: an attempt that costs the server or the viewer something.
// never: only a person can change it.
const OUTCOMES = {
  'not-live': {state: 'offline', retry: 'often'},
  'unknown-path': {state: 'offline', retry: 'backoff'},
  'ended': {state: 'reconnecting', retry: 'often'},
  'frozen': {state: 'reconnecting', retry: 'often'},
  'no-picture': {state: 'reconnecting', retry: 'backoff'},
  'lost': {state: 'reconnecting', retry: 'often'},
  'unreachable': {state: 'error', retry: 'often'},
  'restarting': {state: 'error', retry: 'often'},
  'blocked': {state: 'error', retry: 'backoff'},
  'no-address': {state: 'error', retry: 'backoff'},
  'full': {state: 'error', retry: 'backoff'},
  'refused': {state: 'error', retry: 'backoff'},
  'media': {state: 'error', retry: 'backoff'},
  'codec': {state: 'error', retry: 'backoff'},
  'incomplete': {state: 'error', retry: 'backoff'},
  'password': {state: 'locked', retry: 'never'},
  'wrong-password': {state: 'locked', retry: 'never'},
  'unsupported': {state: 'error', retry: 'never'},
};

export const REASONS = Object.keys(OUTCOMES);

export const stateOf = (reason) => OUTCOMES[reason].state;

const AT_ONCE_MS = 250; // the stream may be back already
const HURRIED_MS = 300;
const OFTEN_MS = 1000;
const PATIENT_TRIES = 80;
const CAP_MS = 3000;

/**
 * Milliseconds until the next attempt, or null for none.
 * @param {string} reason
 * @param {number} failures attempts that failed since the last picture, this one not counted
 * @param {boolean} hurry whether there was a picture a moment ago
 * @param {number} random in [0, 1): spreads viewers who lost the same stream
 */
export function retryDelay(reason, failures, hurry, random) {
  const {retry} = OUTCOMES[reason];
  if (retry === 'never') return null;
  const base = retry === 'often' ? patiently(failures, hurry) : Math.min(CAP_MS, AT_ONCE_MS * 2 ** (failures + 1));
  return Math.round(base * (0.75 + random / 2));
}

function patiently(failures, hurry) {
  if (failures === 0) return AT_ONCE_MS;
  if (hurry) return HURRIED_MS;
  return failures < PATIENT_TRIES ? OFTEN_MS : CAP_MS;
}

/** What an HTTP answer of MediaMTX (or of Caddy before it) means. `error` is MediaMTX's own sentence, or empty. */
export function outcomeOfHttp(status, error) {
  if (status === 401) return new Ended('password');
  if (status === 404 || status === 409) return new Ended('not-live');
  if (/is not configured/.test(error)) return new Ended('unknown-path');
  if (/maximum reader count/.test(error) || status === 503) return new Ended('full');
  if (/codecs? not supported/.test(error)) return new Ended('codec');
  if (status === 502 || status === 504) return new Ended('restarting');
  return new Ended('refused', {detail: error || `HTTP ${status}`});
}

/** MediaMTX answers errors as `{"status": "error", "error": SENTENCE}`. */
export function sentenceOf(body) {
  try {
    return JSON.parse(body).error ?? '';
  } catch {
    return '';
  }
}
