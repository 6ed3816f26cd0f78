// What to do next while a recording plays: what the browser holds against the moment that is asked for. Pure.

const AHEAD_S = 20;
export const KEEP_S = 30; // twice as much is let gather behind the picture
const EARLIER_S = 2; // a picture can be shown from the key frame before it
const FURTHER = 4; // times as much earlier where there was no key frame
const REACH_S = 5; // what is read next
const SLACK_S = 0.05;
const FRAMES_S = 0.2; // the last frames of a range are not always played
const WITHIN_S = 0.001; // a browser may round down

/**
 * A stretch of the file is read without a break: what is not buffered between two of its ranges is a hole in the file.
 * @typedef {object} Stretch
 * @property {number} asked the moment that it was begun for
 * @property {number} earlier s, how long before that it begins
 * @property {number} keep s, what stays behind the picture: not less than a key frame may be away
 * @property {boolean} first whether it has the file's first fragment
 * @property {boolean} over whether the end of the file was read
 */

/**
 * `begin` a stretch so many seconds before the moment, or another for it from `further` back; `read` on, `wait`, `rest`
 * since all was read, `trim` what is before, `cross` a hole; `none`: nothing in the whole file can be shown.
 * @typedef {object} Step
 * @property {'begin' | 'further' | 'read' | 'wait' | 'rest' | 'trim' | 'cross' | 'none'} act
 * @property {number} [earlier]
 * @property {number} [to]
 */

/**
 * @param {number[][]} ranges [begin, end] of what is buffered: of this stretch alone
 * @param {number} at the moment that is to be shown now
 * @param {Stretch | null} stretch
 * @param {boolean} stalled whether the browser has nothing to go on with
 * @returns {Step}
 */
export function nextStep(ranges, at, stretch, stalled) {
  const anew = /** @type {const} */ ({act: 'begin', earlier: EARLIER_S});
  const cross = (range) => /** @type {const} */ ({act: 'cross', to: range[0] + WITHIN_S});
  if (!stretch) return anew;
  const {asked, earlier, keep, first, over} = stretch;
  const end = ranges.at(-1)?.[1] ?? -Infinity;
  const onward = /** @type {const} */ ({act: over ? 'rest' : end - at > AHEAD_S ? 'wait' : 'read'});
  const here = ranges.find(([from, to]) => from - SLACK_S <= at && at < to);
  const next = ranges.find(([from]) => from > at);
  if (here) {
    if (stalled && next && (here === next || here[1] - at < FRAMES_S)) return cross(next);
    return at - ranges[0][0] > 2 * keep ? {act: 'trim', to: at - keep} : onward;
  }
  const isAsked = Math.abs(at - asked) < SLACK_S;
  if (next && next !== ranges[0]) return cross(next);
  if (next ? isAsked : over && !ranges.length) {
    // begun after the last key frame before it, or in what is damaged up to the end
    if (!first) return {act: 'further', earlier: earlier * FURTHER};
    return next ? cross(next) : {act: 'none'};
  }
  if (!next && (isAsked || over || at - end < REACH_S)) return onward;
  return anew;
}
