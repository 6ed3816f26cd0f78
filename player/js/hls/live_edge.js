// Keeps LL-HLS as near to the live edge as the server wants viewers to be. hls.js catches up only with more than a second
// ahead, which parts of 200 ms never give it: a viewer would stay where the first parts happened to put them.

const LOOK_MS = 100;
const KEPT = 15; // looks: some parts have come and been played in that time
const TOLERATED_S = 0.1; // more than wanted by less than this is left alone
const AFTER_STALL_S = 0.1; // more is wanted after each stall ...
const MOST_S = 1; // ... up to this, and less again by as much a minute
// excess in s from which on it is played so fast; the pitch does not change
const RATES = [
  {excess: 1, rate: 1.25},
  {excess: 0.4, rate: 1.1},
  {excess: 0, rate: 1.05},
];

/**
 * @param {number} excess seconds that are ahead of the picture at the worst moment, beyond those that are wanted
 * @param {boolean} fast whether it is being played faster already
 * @returns {number} how fast to play; pure
 */
export function rateFor(excess, fast) {
  if (excess <= (fast ? 0 : TOLERATED_S)) return 1;
  return RATES.find((step) => excess > step.excess)?.rate ?? 1;
}

/**
 * Follows one <video> until the signal aborts.
 * @param {() => number} spare what is wanted ahead at the worst moment, in s; 0: not known
 */
export function followLiveEdge(video, spare, signal) {
  /** @type {number[]} */
  let seen = [];
  let learned = 0;
  const look = () => {
    learned = Math.max(0, learned - (AFTER_STALL_S * LOOK_MS) / 60000);
    const ahead = secondsAhead(video);
    if (video.paused || !spare() || ahead === null) seen = [];
    else seen.push(ahead);
    if (seen.length > KEPT) seen.shift();
    const excess = seen.length < KEPT ? 0 : Math.min(...seen) - spare() - learned;
    const rate = rateFor(excess, video.playbackRate > 1);
    if (video.playbackRate !== rate) video.playbackRate = rate;
  };
  const timer = setInterval(look, LOOK_MS);
  const stalled = () => {
    if (seen.length) learned = Math.min(MOST_S, learned + AFTER_STALL_S);
    seen = [];
  };
  video.addEventListener('waiting', stalled, {signal});
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    video.playbackRate = 1;
  });
}

function secondsAhead({buffered, currentTime}) {
  for (let n = 0; n < buffered.length; n++) {
    if (buffered.start(n) <= currentTime && currentTime <= buffered.end(n)) return buffered.end(n) - currentTime;
  }
  return null;
}
