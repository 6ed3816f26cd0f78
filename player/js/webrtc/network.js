// What the counters of a session tell of its network: whether it is to blame, how long repairs take, whether it carries the
// stream at all. Loaded once there is anything to tell.
import {classify, Recent} from '../transport/cause.js';

const LOOKED_AT_MS = 3000;
const RETRY_MS = 100; // a browser that does not know the round trip asks again after that
const FRAME_MS = 33;
const ROUNDS = 3; // of repair; what has not come by then is not worth a longer wait
const MISSING = 0.025; // of the frames: so many may come too late
const FEW = 3; // packets: one gap does not count
const STEP_MS = 10;
const MOST_MS = 500;
const KEPT_MS = 30000; // a buffer that is made smaller shows it
const BUNCH = 3; // frames that come together, of which the last is shown
const TOGETHER_MS = 500; // two looks: a bunch may come between them
const ASKED_MS = 1000; // before a bunch: packets were asked for again
const TWICE_MS = 15000; // within which a second bunch shows a habit
// Where HLS does better: fewer of the usual frames than that part, later than that (HLS is 0.5 to 1 s behind), for so long.
const WORSE = [
  {part: 0.5, lateMs: 0, ms: 4000},
  {part: 0.9, lateMs: 1000, ms: 8000},
  {part: Infinity, lateMs: 3000, ms: 8000},
];
const MOSTLY = 0.5; // of the looks: round trips are measured every few seconds

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
  const unseen = (delay) => (delay < frame ? (delay / frame) ** 2 : delay / frame);
  // part of the frames that are not shown for want of that round of repair
  const late = (round) =>
    ((packets * frame * loss) / ms) * again ** round * unseen(round ? retry : roundTripMs + frame / 10);
  let rounds = 0;
  while (rounds < ROUNDS && late(rounds) + late(rounds + 1) > MISSING) rounds++;
  if (!rounds) return 0;
  const held = roundTripMs + frame + (rounds - 1) * (retry + frame / 2);
  return Math.min(MOST_MS, STEP_MS * Math.ceil(held / STEP_MS));
}

/** How long frames have to be held so that those which came together after a gap are shown one after the other. Pure. */
export class Bunches {
  #recent = new Recent(TOGETHER_MS);
  #repairs = new Recent(ASKED_MS);
  /** @type {{at: number, ms: number}[]} */
  #bunches = [];

  /**
   * @param {number} at in ms
   * @param {{unseen: number, repairs: number}} counters frames that were decoded and not shown; packets asked for again:
   *   a bunch without them is the processor's
   * @param {number} frame ms from one to the next
   * @returns {number} ms; 0: not at all, as for a single bunch
   */
  look(at, {unseen, repairs}, frame) {
    const more = this.#recent.add(at, {unseen}).unseen;
    const lost = this.#repairs.add(at, {repairs}).repairs > 0;
    this.#bunches = this.#bunches.filter((bunch) => bunch.at > at - TWICE_MS);
    if (more >= BUNCH && lost) {
      const ms = Math.min(MOST_MS, Math.ceil((more + 1) * frame));
      const last = this.#bunches.at(-1) ?? {at: -Infinity, ms};
      if (last.at > at - 2 * TOGETHER_MS) last.ms = Math.max(last.ms, ms);
      else this.#bunches.push({at, ms});
    }
    const [, second = 0] = this.#bunches.map(({ms}) => ms).sort((one, other) => other - one);
    return second;
  }
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

/** Whether HLS would do better than what the network makes of WebRTC. Pure. */
export class Worse {
  /** @type {{at: number, frames: number, lateMs: number, blamed: boolean}[]} */
  #looks = [];

  /**
   * @param {number} at in ms
   * @param {{frames: number, lateMs: number, blamed: boolean}} seen `frames`: a counter; `lateMs`: how old they are shown;
   *   `blamed`: whether the network is to blame
   * @param {number} usual ms from one frame of the stream to the next
   */
  look(at, seen, usual) {
    const longest = Math.max(...WORSE.map(({ms}) => ms));
    this.#looks.push({at, ...seen});
    while (this.#looks[1]?.at <= at - longest) this.#looks.shift();
    return WORSE.some(({part, lateMs, ms}) => {
      const first = this.#looks.findIndex((look) => look.at > at - ms) - 1;
      if (first < 0) return false;
      const looks = this.#looks.slice(first);
      const shown = ((seen.frames - looks[0].frames) * usual) / (at - looks[0].at);
      const bad = looks.filter((look) => look.blamed && look.lateMs >= lateMs);
      return shown < part && bad.length >= MOSTLY * looks.length;
    });
  }
}

/** Follows one session, and sets what its receivers hold: of picture and sound alike, or lips would be late. */
export class Network {
  #receivers;
  #usualRoundTripMs;
  #held = 0;
  #buffer = new Buffer();
  #bunches = new Bunches();
  #recent = new Recent(LOOKED_AT_MS);
  #worse = new Worse();

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
   * @returns {{cause: 'network' | 'camera' | null, lateMs: number, worse: boolean}} who is to blame if the picture stands
   *   still; how old pictures are as they are shown; whether HLS would do better
   */
  look(now, stats, {still, silent, usual}) {
    const {framesDecoded: frames, packetsReceived: packets = 0, repairs = 0, roundTripMs = 0, unseen = NaN} = stats;
    const {jitterBufferDelay: delay = 0, jitterBufferEmitted: emitted = 0} = stats;
    const recent = this.#recent.add(now, {frames, packets, repairs, delay, emitted});
    this.#usualRoundTripMs = Math.min(this.#usualRoundTripMs, roundTripMs || Infinity);
    const usualRoundTripMs = Math.min(this.#usualRoundTripMs, roundTripMs);
    const cause = classify({...recent, roundTripMs, usualRoundTripMs, still, silent});
    const frame = usual || FRAME_MS;
    const bunchMs = this.#bunches.look(now, {unseen, repairs}, frame);
    this.#hold(this.#buffer.hold(now, Math.max(bunchMs, repairMs(recent, frame, roundTripMs))));
    // what a round trip is longer than usual by is a queue on the way of the pictures, which are nearly all that is sent
    const heldMs = recent.emitted ? (1000 * recent.delay) / recent.emitted : 0;
    const lateMs = heldMs + roundTripMs - usualRoundTripMs / 2;
    return {
      cause,
      lateMs,
      worse: this.#worse.look(now, {frames, lateMs: lateMs + still, blamed: cause === 'network'}, usual),
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
