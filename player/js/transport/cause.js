// The cause of a frozen picture, as far as the statistics show it. Pure.

const REPAIRS = 0.03; // of the packets: such a loss can stop a picture
const FEW = 3; // packets lost so close together happen anywhere
const SLOW_MS = 250; // a round trip longer than that, and four times as long as it was: what is sent waits in a queue
const QUEUED = 4;
const LOADING_MS = 1000; // pictures that the server has are loaded, and none is there to be shown
const HEARD_MS = 2500; // within which a server that can be reached is heard: its ICE checks come every 2 s

/** Differences of counters over the last so many milliseconds. */
export class Recent {
  #span;
  /** @type {{at: number}[]} */
  #looks = [];

  constructor(spanMs) {
    this.#span = spanMs;
  }

  /**
   * @template {Record<string, number>} Counters
   * @param {Counters} counters
   * @returns {Counters & {ms: number}} by how much each has grown, and in which time
   */
  add(at, counters) {
    this.#looks.push({at, ...counters});
    while (this.#looks.length > 2 && this.#looks[1].at <= at - this.#span) this.#looks.shift();
    const [{at: since, ...before}] = this.#looks;
    const growth = Object.entries(counters).map(([name, now]) => [name, Math.max(0, now - before[name])]);
    return /** @type {any} */ ({ms: at - since, ...Object.fromEntries(growth)});
  }
}

/**
 * @param {object} seen of the last seconds
 * @param {number} [seen.packets] of video that came
 * @param {number} [seen.repairs] packets that the browser asked for again
 * @param {number} [seen.roundTripMs]
 * @param {number} [seen.usualRoundTripMs] the shortest of the session
 * @param {number} [seen.loadingMs] for how long pictures have been on their way: HLS
 * @param {number} [seen.still] ms without a new picture
 * @param {number} [seen.silent] ms without anything at all from the server
 * @returns {'network' | 'camera' | null} null: the statistics do not show it
 */
export function classify({
  packets = NaN,
  repairs = 0,
  roundTripMs = 0,
  usualRoundTripMs = roundTripMs,
  loadingMs = 0,
  still = 0,
  silent = 0,
}) {
  if (repairs >= FEW && repairs > REPAIRS * packets) return 'network';
  if (roundTripMs > Math.max(SLOW_MS, QUEUED * usualRoundTripMs)) return 'network';
  if (loadingMs > LOADING_MS) return 'network';
  return packets === 0 && still >= HEARD_MS && silent < HEARD_MS ? 'camera' : null;
}
