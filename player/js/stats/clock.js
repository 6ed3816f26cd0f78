// How far the clock of this device is from the server's: without it, a latency between two machines is a guess.

const TIME = '../time'; // Caddy answers its Unix time in milliseconds
const SAMPLES = 5;

/**
 * The sample that was answered fastest says most. Pure.
 * @param {{sent: number, server: number, received: number}[]} samples
 * @returns {ClockOffset | null}
 */
export function offsetOf(samples) {
  if (samples.length === 0) return null;
  const took = (sample) => sample.received - sample.sent;
  const {sent, server, received} = samples.reduce((best, sample) => (took(sample) < took(best) ? sample : best));
  const offset = server - (sent + received) / 2;
  const uncertainMs = Math.ceil((received - sent) / 2);
  return {offsetMs: Math.abs(offset) > uncertainMs ? Math.round(offset) : 0, uncertainMs}; // less is not seen
}

/** Asks the server a few times; null where it does not answer its time. */
export async function measureOffset() {
  /** @type {{sent: number, server: number, received: number}[]} */
  const samples = [];
  for (let n = 0; n < SAMPLES; n++) {
    const sent = Date.now();
    const answer = await fetch(TIME, {cache: 'no-store'}).catch(() => null);
    const server = answer?.ok ? Number(await answer.text()) : NaN;
    if (!Number.isFinite(server)) break;
    samples.push({sent, server, received: Date.now()});
  }
  return offsetOf(samples);
}
