// The numbers: the strip in the picture, the clocks, the rows of the panel; and the listing of recordings.
import {load, table} from './modules.mjs';

const {offsetOf} = await load('js/stats/clock.js');
const {statsRows} = await load('js/stats/stats.js');
const {beginOf, segmentsOf} = await load('js/recordings/listing.js');
const {sinceStamp, stampOf} = await load('js/stats/timestamp_strip.js');

const NOW = 1_795_564_486_296;
const WRAP = 2 ** 32;

/** RGBA of a row of the strip (agent/envivo_agent/pattern.py), not quite black and white, as after a decoder. */
function strip(unixMs) {
  const stamp = BigInt(unixMs % WRAP);
  let check = 0xa5n;
  for (let octet = 0n; octet < 4n; octet++) check ^= (stamp >> (8n * octet)) & 0xffn;
  const bits = ((stamp << 8n) | check).toString(2).padStart(40, '0');
  return [...bits].flatMap((bit) => Array(64).fill(bit === '1' ? 214 : 31));
}

table('the strip is read', stampOf, [
  ...[NOW, 0, WRAP - 1].map((unixMs) => [[strip(unixMs)], unixMs % WRAP]),
  [[[...strip(NOW).slice(0, 32 * 64), ...strip(NOW + 1).slice(32 * 64)]], null],
  [[Array(2560).fill(128)], null],
]);

table('lateness survives the wrap of the stamp', sinceStamp, [
  [[NOW % WRAP, NOW + 118], 118],
  [[WRAP - 10, WRAP + 20], 30],
  [[30, 10], -20],
]);

const SAMPLES = [
  {sent: 1000, server: 1900, received: 1100},
  {sent: 2000, server: 2505, received: 2010},
  {sent: 3000, server: 3900, received: 3050},
];

table('the quickest answer sets the clock', offsetOf, [
  [[SAMPLES], {offsetMs: 500, uncertainMs: 5}],
  [[[]], null],
]);

const BEFORE = {
  protocol: 'webrtc',
  transport: 'udp',
  at: 0,
  framesDecoded: 100,
  bytesReceived: 1000,
  roundTripMs: 10,
  packetsReceived: 90,
  packetsLost: 0,
  jitterBufferDelay: 1,
  jitterBufferEmitted: 100,
  decodeTime: 0.1,
};
const LATER = {
  ...BEFORE,
  at: 2000,
  framesDecoded: 150,
  bytesReceived: 751_000,
  packetsReceived: 980,
  packetsLost: 20,
  jitterBufferDelay: 2,
  jitterBufferEmitted: 150,
  decodeTime: 0.3,
  width: 1280,
  height: 720,
  freezes: 1,
  codec: 'video/H264',
  pair: 'a -> b',
};
const ROWS = [
  ['numbers.transport', 'WebRTC/UDP'],
  ['numbers.fps', '25.0'],
  ['numbers.resolution', '1280 × 720'],
  ['numbers.bitrate', '3.00 Mbit/s'],
  ['numbers.rtt', '10 ms'],
  ['numbers.jitter', '20 ms'],
  ['numbers.loss', '2.00 % (20)'],
  ['numbers.freezes', '1'],
  ['numbers.codec', 'H264'],
  ['numbers.pair', 'a -> b'],
];
const clock = {offsetMs: -3, uncertainMs: 1};

table('numbers are of the last moment, and measured latency replaces the estimate', statsRows, [
  [
    [LATER, BEFORE],
    [['numbers.latency', '≈ 46 ms', 'numbers.by-webrtc'], ...ROWS],
  ], // 5 round trip, 20 buffer, 4 decoder, 17 display
  [
    [LATER, BEFORE, {trueMs: 118.4, clock: null}],
    [['numbers.latency', '118 ms', 'numbers.by-strip-unsure', {}], ...ROWS],
  ],
  [
    [LATER, BEFORE, {trueMs: 80, clock}],
    [['numbers.latency', '80 ms', 'numbers.by-strip', clock], ...ROWS],
  ],
]);

const keys = (now, before) => statsRows(now, before).map(([key]) => key);
const RATES = ['numbers.fps', 'numbers.bitrate'];

table('a first look has no rates', (...looks) => RATES.filter((rate) => keys(...looks).includes(rate)), [
  [[LATER, BEFORE], RATES],
  [[LATER, null], []],
]);

table('the name of a recording is when it began', (name) => beginOf(name)?.toISOString() ?? null, [
  [['2026-11-22_12-33-59-464932+0100.mp4'], '2026-11-22T11:33:59.464Z'],
  [['2026-11-22_11-32-56-092891Z.mp4'], '2026-11-22T11:32:56.092Z'],
  [['notes.txt'], null],
  [['2026-11-22_11-32-56-092891Z.ts'], null],
]);

const listing = (...files) =>
  files.map(([minute, size]) => ({
    name: `2026-11-22_11-${minute}-00-000000Z.mp4`,
    size,
    is_dir: false,
    mod_time: '2026-11-22T11:59:59Z',
  }));
const states = (entries) =>
  segmentsOf(entries, 'live/door', new Date('2026-11-22T12:00:00Z')).map(({url, state}) => [url, state]);

table('only the newest recording can be growing', states, [
  [
    [listing([40, 5], [50, 0], [55, 9])],
    [
      ['../recordings/live/door/2026-11-22_11-40-00-000000Z.mp4', 'closed'],
      ['../recordings/live/door/2026-11-22_11-50-00-000000Z.mp4', 'empty'],
      ['../recordings/live/door/2026-11-22_11-55-00-000000Z.mp4', 'growing'],
    ],
  ],
]);
