// Every way in which an attempt or a question to the origin can end, and when the next attempt comes.

/** `reason`: one of OUTCOMES; of lists also `missing` and `damaged`. `params` fill its message. */
export class PlaybackError extends Error {
  constructor(reason, params = {}) {
    super(reason);
    this.reason = reason;
    this.params = params;
  }
}

/** The browser's own exceptions are nobody's answer: it could not play what came. */
export const asPlaybackError = (problem) =>
  problem instanceof PlaybackError
    ? problem
    : new PlaybackError('media', {detail: String(problem?.message ?? problem)});

// often: a cheap question: a few a second after a picture was lost, else one.
// backoff: an attempt that costs the server or the viewer something.
// never: only a person can change it.
const OUTCOMES = {
  'not-live': {state: 'offline', retry: 'often'},
  'unknown-path': {state: 'offline', retry: 'backoff'},
  'ended': {state: 'reconnecting', retry: 'often'},
  'frozen': {state: 'reconnecting', retry: 'often'},
  'no-picture': {state: 'reconnecting', retry: 'backoff'},
  'network': {state: 'reconnecting', retry: 'backoff'},
  'lost': {state: 'reconnecting', retry: 'often'},
  'unreachable': {state: 'error', retry: 'often'},
  'restarting': {state: 'error', retry: 'often'},
  'foreign': {state: 'error', retry: 'backoff'},
  'blocked': {state: 'error', retry: 'backoff'},
  'no-address': {state: 'error', retry: 'backoff'},
  'full': {state: 'error', retry: 'backoff'},
  'refused': {state: 'error', retry: 'backoff'},
  'media': {state: 'error', retry: 'backoff'},
  'codec': {state: 'error', retry: 'backoff'},
  'rtc-codec': {state: 'error', retry: 'backoff'},
  'format': {state: 'error', retry: 'backoff'},
  'no-hls': {state: 'error', retry: 'backoff'},
  'broken-off': {state: 'error', retry: 'backoff'},
  'incomplete': {state: 'error', retry: 'backoff'},
  'maintenance': {state: 'maintenance', retry: 'backoff'},
  'password': {state: 'locked', retry: 'never'},
  'wrong-password': {state: 'locked', retry: 'never'},
  'unsupported': {state: 'error', retry: 'never'},
};

export const REASONS = Object.keys(OUTCOMES);

export const stateOf = (reason) => OUTCOMES[reason].state;

const AT_ONCE_MS = 250; // the stream may be back already
const AFTER_PICTURE_MS = 300;
const OFTEN_MS = 1000;
const PATIENT_TRIES = 80;
const CAP_MS = 3000;

/**
 * Milliseconds until the next attempt, or null for none.
 * @param {number} failures attempts that failed since the last picture, this one not counted
 * @param {boolean} hadPicture whether there was a picture a moment ago
 * @param {number} random in [0, 1): spreads viewers who lost the same stream
 */
export function retryDelay(reason, failures, hadPicture, random) {
  const {retry} = OUTCOMES[reason];
  if (retry === 'never') return null;
  const base =
    retry === 'often' ? oftenDelay(failures, hadPicture) : Math.min(CAP_MS, AT_ONCE_MS * 2 ** (failures + 1));
  return Math.round(base * (0.75 + random / 2));
}

function oftenDelay(failures, hadPicture) {
  if (failures === 0) return AT_ONCE_MS;
  if (hadPicture) return AFTER_PICTURE_MS;
  return failures < PATIENT_TRIES ? OFTEN_MS : CAP_MS;
}

// Caddy puts it on every answer, its own and MediaMTX's. Who answers without it is somebody else: a proxy before the origin,
// or whatever server has the address.
const OWN_HEADER = 'x-envivo';

/**
 * What an HTTP answer that is not the wanted one means.
 * @param {string} body MediaMTX says `{"status": "error", "error": SENTENCE}`
 * @param {boolean} own whether it came from the origin; a sentence of MediaMTX shows as much
 */
export function errorOfHttp(status, body, own) {
  const sentence = sentenceOf(body);
  if (!own && !sentence) return new PlaybackError('foreign', {status});
  const announced = maintenanceOf(body);
  if (announced) return announced;
  if (status === 401) return new PlaybackError('password');
  if (/^no stream is available/.test(sentence)) return new PlaybackError('not-live');
  if (/is not configured/.test(sentence)) return new PlaybackError('unknown-path');
  if (/maximum reader count/.test(sentence)) return new PlaybackError('full');
  if (/supported by client/.test(sentence)) return new PlaybackError('rtc-codec');
  if (/any supported codec/.test(sentence)) return new PlaybackError('format', {detail: sentence});
  if (/^muxer /.test(sentence)) return new PlaybackError('no-hls');
  if (!sentence && status >= 502 && status <= 504) return new PlaybackError('restarting');
  return new PlaybackError('refused', {detail: sentence || `HTTP ${status}`});
}

/** The same of a fetch. @param {Response} response */
export const errorOfResponse = async (response) =>
  errorOfHttp(
    response.status,
    await response.text().catch(() => ''),
    isOwn((name) => response.headers.get(name)),
  );

/** @param {(name: string) => string | null} header of an answer */
export const isOwn = (header) => header(OWN_HEADER) !== null;

/** What `envivo maintenance on` has the origin say; null where the answer is another one. @returns {PlaybackError | null} */
export function maintenanceOf(body) {
  try {
    const {status, say} = JSON.parse(body);
    return status === 'maintenance' ? new PlaybackError('maintenance', {say: say ? ` ${say}` : ''}) : null;
  } catch {
    return null;
  }
}

/** MediaMTX's words for an error; '' where the answer is not one of MediaMTX. */
function sentenceOf(body) {
  try {
    const {status, error} = JSON.parse(body);
    return status === 'error' && typeof error === 'string' ? error : '';
  } catch {
    return '';
  }
}
