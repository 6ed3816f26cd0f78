// The rows of the panel, out of two looks at a transport's stats. Pure.
import {transportName} from '../transport/transport.js';

const FRAME_MS = 1000 / 60; // a display shows a frame up to that much later

/** @returns {value is number} */
const known = (value) => value !== undefined && value !== null && Number.isFinite(value);

/** Change per second between two looks `at` in ms; undefined where the counter began anew. */
function perSecond(now, before, name) {
  const change = now[name] - before?.[name];
  return change >= 0 && now.at > before.at ? (change * 1000) / (now.at - before.at) : undefined;
}

/** Change of one counter per change of another, in ms. */
function each(now, before, sum, count) {
  const times = now[count] - (before?.[count] ?? 0);
  const change = now[sum] - (before?.[sum] ?? 0);
  return times > 0 && change >= 0 ? (change * 1000) / times : undefined;
}

/** What network and player of a WebRTC viewer take: half a round trip, jitter buffer, decoder, display. */
export function estimateOf(now, before) {
  if (now.protocol === 'hls') return now.latencyMs;
  const buffer = each(now, before, 'jitterBufferDelay', 'jitterBufferEmitted');
  if (!known(buffer)) return undefined;
  return Math.round(
    (now.roundTripMs ?? 0) / 2 + buffer + (each(now, before, 'decodeTime', 'framesDecoded') ?? 0) + FRAME_MS,
  );
}

/**
 * Rows of the panel: key of a label, value, key of a remark and its parameters.
 * @param {Look} now
 * @param {Look | null} before the look before, of the same session
 * @param {{trueMs?: number | null, clock?: ClockOffset | null}} measured from the strip; how far the clocks are apart
 */
export function statsRows(now, before, {trueMs, clock} = {}) {
  const rtc = now.protocol === 'webrtc';
  const estimate = estimateOf(now, before);
  const lost = now.packetsLost ?? 0;
  const expected = (now.packetsReceived ?? 0) + lost;
  const buffer = each(now, before, 'jitterBufferDelay', 'jitterBufferEmitted');
  const rate = perSecond(now, before, 'bytesReceived');
  const frames = perSecond(now, before, 'framesDecoded');
  const remark = clock ? 'numbers.by-strip' : 'numbers.by-strip-unsure';
  const rows = [
    known(trueMs)
      ? ['latency', `${Math.round(trueMs)} ms`, remark, clock ?? {}]
      : known(estimate) && ['latency', `≈ ${estimate} ms`, rtc ? 'numbers.by-webrtc' : 'numbers.by-hls'],
    ['transport', transportName(now)],
    known(frames) && ['fps', frames.toFixed(1)],
    now.width && ['resolution', `${now.width} × ${now.height}`],
    known(rate) && ['bitrate', bits(rate * 8)],
    known(now.roundTripMs) && ['rtt', `${now.roundTripMs} ms`],
    rtc && known(buffer) && ['jitter', `${Math.round(buffer)} ms`],
    rtc && expected > 0 && ['loss', `${((100 * lost) / expected).toFixed(2)} % (${lost})`],
    known(now.freezes ?? now.stalls) && ['freezes', String(now.freezes ?? now.stalls)],
    known(now.framesDropped) && ['dropped', String(now.framesDropped)],
    now.codec && ['codec', now.codec.replace(/^video\//, '')],
    now.pair && ['pair', now.pair],
  ];
  return rows.flatMap((row) => (row ? [[`numbers.${row[0]}`, ...row.slice(1)]] : []));
}

function bits(rate) {
  return rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} Mbit/s` : `${Math.round(rate / 1000)} kbit/s`;
}
