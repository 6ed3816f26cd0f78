// What the counters of a session tell of its network: whether it is to blame, how long repairs take, whether it carries the
// stream at all. Loaded once there is anything to tell.
import {classify, Recent} from '../transport/cause.js';

const LOOKED_AT_MS = 3000;
const RETRY_MS = 100; // a browser that does not know the round trip asks again after that
const FRAME_MS = 33;
const ROUNDS = 3; // of repair; what has not come by then is not worth a longer wait
const MISSING = 0.04; // of the frames: so many may come too late
const FEW = 3; // packets: one gap does not count
const STEP_MS = 10;
const MOST_MS = 500;
const KEPT_MS = 10000; // a buffer that is made smaller shows it
const THIN_MS = 4000;
const THIN = 0.5; // of the usual frames

/**
 * How long frames have to be held for their repair, so that hardly any comes too late. Pure.
 * @param {{ms: number, packets: number, repairs: number}} seen in so many milliseconds; `repairs`: packets that were asked
 *   for again
 * @param {number} frame ms from one to the next
 * @returns {number} ms; 0: not at all
 */
export function repairMs({ms, packets, repairs}, frame, roundTripMs) {
  if (repairs < FEW) return 0;
  const loss = Math.min(0.5, repairs / Math.max(1, packets));
  const again = 1 - (1 - loss) ** 2; // the question or the answer is lost as well
  const retry = Math.max(RETRY_MS, roundTripMs);
  // frames that one keeps from being shown: they come together with those after it
  const skipped = (delay) => (delay < frame ? (delay / frame) ** 2 : delay / frame);
  // share of the frames that are not shown for want of that round of repair
  const late = (round) =>
    ((packets * frame * loss) / ms) * again ** round * skipped(round ? retry : roundTripMs + frame / 10);
  let rounds = 0;
  while (rounds < ROUNDS && late(rounds) + late(rounds + 1) > MISSING) rounds++;
  if (!rounds) return 0;
  const held = roundTripMs + frame + (rounds - 1) * (retry + frame / 2);
  return Math.min(MOST_MS, STEP_MS * Math.ceil(held / STEP_MS));
}

/** What to hold now: at once what is needed, and for some time what was. Pure. */
export class Buffer {
  /** @type {{at: number, ms: number}[]} */
  #needed = [];

  hold(at, ms) {
    this.#needed = [...this.#needed.filter((before) => before.at > at - KEPT_MS), {at, ms}];
    return Math.max(...this.#needed.map((needed) => needed.ms));
  }
}

/** Follows one session, and sets what its receivers hold: of picture and sound alike, or lips would be late. */
export class Network {
  #receivers;
  #usualRoundTripMs;
  #held = 0;
  #buffer = new Buffer();
  #recent = new Recent(LOOKED_AT_MS);
  #long = new Recent(THIN_MS);

  /**
   * @param {Iterable<{jitterBufferTarget?: number | null, playoutDelayHint?: number}>} receivers
   * @param {number} usualRoundTripMs the shortest so far
   */
  constructor(receivers, usualRoundTripMs) {
    this.#receivers = receivers;
    this.#usualRoundTripMs = usualRoundTripMs;
  }

  /**
   * @param {number} now in ms
   * @param {Stats} stats
   * @param {{still: number, silent: number, usual: number}} seen by the StallDetector
   * @returns {{cause: 'network' | 'camera' | null, lateMs: number, thin: boolean}} who is to blame if the picture stands
   *   still; how old pictures are as they are shown; whether the network has carried too few of them for some seconds
   */
  look(now, stats, {still, silent, usual}) {
    const {framesDecoded: frames, packetsReceived: packets = 0, repairs = 0, roundTripMs = 0} = stats;
    const {jitterBufferDelay: delay = 0, jitterBufferEmitted: emitted = 0} = stats;
    const recent = this.#recent.add(now, {frames, packets, repairs, delay, emitted});
    const long = this.#long.add(now, {frames});
    this.#usualRoundTripMs = Math.min(this.#usualRoundTripMs, roundTripMs || Infinity);
    const cause = classify({...recent, roundTripMs, usualRoundTripMs: this.#usualRoundTripMs, still, silent});
    this.#hold(this.#buffer.hold(now, repairMs(recent, usual || FRAME_MS, roundTripMs)));
    return {
      cause,
      lateMs: (recent.emitted ? (1000 * recent.delay) / recent.emitted : 0) + roundTripMs / 2,
      thin: cause === 'network' && long.ms >= THIN_MS && long.frames * usual < THIN * long.ms,
    };
  }

  #hold(ms) {
    if (ms === this.#held) return;
    this.#held = ms;
    for (const receiver of this.#receivers) {
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = ms;
      else receiver.playoutDelayHint = ms / 1000; // Chromium before 124
    }
  }
}
