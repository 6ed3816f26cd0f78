// Bad networks: who is to blame for a picture that stands still, how long repairs take, when WebRTC is left and tried again.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {load, table} from './modules.mjs';

const {classify, Recent} = await load('js/transport/cause.js');
const {Buffer, Bunches, Network, repairMs, Worse} = await load('js/webrtc/network.js');
const {Memory, Trial} = await load('js/transport/look_back.js');
const {diagnose, StallDetector} = await load('js/webrtc/stall_detector.js');

const QUICK = {roundTripMs: 2, usualRoundTripMs: 2};

table('numbers name the cause of a picture that stands still', classify, [
  // nothing comes from the camera, and the server is heard
  [[{packets: 0, repairs: 0, ...QUICK, still: 3000, silent: 400}], 'camera'],
  [[{packets: 0, repairs: 0, roundTripMs: 620, usualRoundTripMs: 600, still: 60_000, silent: 1900}], 'camera'],
  [[{packets: 0, repairs: 2, ...QUICK, still: 3000, silent: 400}], 'camera'], // lost just before
  // too early: neither is known yet
  [[{packets: 0, repairs: 0, ...QUICK, still: 1600, silent: 400}], null],
  // UDP is cut: nothing at all is heard, and whose fault that is another session will tell
  [[{packets: 0, repairs: 0, ...QUICK, still: 1600, silent: 1600}], null],
  [[{packets: 0, repairs: 0, ...QUICK, still: 2700, silent: 2700}], null],
  // pictures come, and are not decoded: it is not the camera that has stopped
  [[{packets: 700, repairs: 0, ...QUICK, still: 5000, silent: 10}], null],
  [[{packets: 700, repairs: 5, ...QUICK, still: 5000, silent: 10}], null],
  // loss
  [[{packets: 700, repairs: 70, ...QUICK, still: 1600, silent: 10}], 'network'],
  [[{packets: 0, repairs: 3, ...QUICK, still: 3000, silent: 10}], 'network'],
  // what is sent waits in a queue: 0.8 x of the bitrate
  [[{packets: 600, repairs: 0, roundTripMs: 450, usualRoundTripMs: 2, still: 1600, silent: 10}], 'network'],
  [[{packets: 600, repairs: 120, roundTripMs: 450, usualRoundTripMs: 2, still: 1600, silent: 10}], 'network'],
  // far away is not slow
  [[{packets: 600, repairs: 0, roundTripMs: 600, usualRoundTripMs: 580, still: 1600, silent: 10}], null],
  [[{packets: 600, repairs: 0, roundTripMs: 200, usualRoundTripMs: 2, still: 1600, silent: 10}], null],
  // HLS: the server has pictures, and they do not get here in time
  [[{loadingMs: 1400}], 'network'],
  [[{loadingMs: 0}], null],
  [[{}], null],
]);

test('counters are compared over the last seconds, also where one begins anew', () => {
  const recent = new Recent(1000);
  assert.deepEqual(recent.add(0, {frames: 5}), {ms: 0, frames: 0});
  assert.deepEqual(recent.add(500, {frames: 20}), {ms: 500, frames: 15});
  assert.deepEqual(recent.add(1000, {frames: 35}), {ms: 1000, frames: 30});
  assert.deepEqual(recent.add(2000, {frames: 36}), {ms: 1000, frames: 1});
  assert.deepEqual(recent.add(2250, {frames: 2}), {ms: 1250, frames: 0});
});

/** Three seconds of 30 frames of 9 packets each. */
const lossy = (share) => ({ms: 3000, packets: 810, repairs: Math.round(810 * share)});

table('frames are held for as long as their repairs take', repairMs, [
  [[lossy(0), 33, 2], 0],
  [[lossy(0.002), 33, 400], 0], // a gap now and then is no habit
  [[lossy(0.01), 33, 2], 0], // repaired before anybody sees it
  [[lossy(0.015), 33, 2], 0],
  [[lossy(0.02), 33, 2], 40], // a repair that is lost keeps three frames back
  [[lossy(0.05), 33, 2], 160], // the repair is lost as well
  [[lossy(0.1), 33, 2], 270],
  [[lossy(0.02), 33, 100], 140], // one repair
  [[lossy(0.01), 33, 100], 140],
  [[lossy(0.05), 33, 100], 250],
  [[lossy(0.02), 33, 200], 450],
  [[lossy(0.3), 33, 450], 500], // no network of such kind is helped by more
  [[{ms: 3000, packets: 100, repairs: 50}, 33, 2], 270],
  [[{ms: 3000, packets: 30, repairs: 3}, 1000, 2], 0], // one picture a second: none keeps the next from being shown
]);

test('the buffer grows at once and shrinks when the network has been clean for a while', () => {
  const buffer = new Buffer();
  const held = [];
  for (let at = 0; at <= 60_000; at += 250) {
    const needed = at < 5000 ? 0 : at < 8000 ? 160 : at < 12_000 ? 40 : 0;
    const ms = buffer.hold(at, needed);
    if (ms !== held.at(-1)?.[1]) held.push([at, ms]);
  }
  assert.deepEqual(held, [
    [0, 0],
    [5000, 160],
    [37_750, 40],
    [41_750, 0],
  ]);
});

/** What is held after 40 s in which at these seconds so many frames came together, after packets that were asked for again. */
function bunched(bunches, asked = () => 1) {
  const watch = new Bunches();
  const counters = {unseen: 7, repairs: 0};
  let most = 0;
  for (let at = 0; at <= 40_000; at += 250) {
    const unseen = bunches[at / 1000] ?? 0;
    counters.unseen += unseen;
    if (unseen) counters.repairs += asked(at);
    most = Math.max(most, watch.look(at, {...counters}, 33.3));
  }
  return most;
}

table('frames that come together again and again are held for as long as the gap', bunched, [
  [[{}], 0],
  [[{5: 6}], 0], // a gap now and then is no habit
  [[{5: 6, 25: 6}], 0],
  [[{5: 6, 10: 6, 15: 6}], 234], // 200 ms
  [[{5: 6, 10: 4}], 167],
  [[{5: 2, 5.25: 2, 10: 3, 10.25: 1}], 167], // a look came in between
  [[{5: 1, 6: 2, 7: 2, 8: 1}], 0], // a frame here and there: repairs, or the processor
  [[{5: 6, 10: 6, 15: 6}, () => 0], 0], // nothing was lost: the processor
  [[{5: 90, 10: 90}], 500],
  [[{5: NaN, 10: 6}], 0], // a tab that was hidden
]);

/** Looks every quarter of a second at 30 frames a second, of which `shown(second)` come. */
function watched(seconds, {shown = () => 30, loss = () => 0, roundTrip = () => 2, usualRoundTrip = 2, fps = 30}) {
  const receivers = [{jitterBufferTarget: 0}, {}];
  const network = new Network(receivers, usualRoundTrip);
  const detector = new StallDetector(0);
  const counters = {framesDecoded: 0, packetsReceived: 0, repairs: 0};
  const seen = [];
  let blamed = 0;
  for (let now = 250; now <= seconds * 1000; now += 250) {
    const second = now / 1000;
    counters.framesDecoded += shown(second) / 4;
    counters.packetsReceived += (9 * fps) / 4;
    counters.repairs += (9 * fps * loss(second)) / 4;
    const frames = Math.floor(counters.framesDecoded);
    const stats = {...counters, framesDecoded: frames, roundTripMs: roundTrip(second)};
    const at = detector.look(now, {frames, activity: now, repairs: counters.repairs + blamed});
    const found = network.look(now, stats, at);
    if (found.cause === 'network') blamed++; // as whep.js does
    seen.push({
      second,
      ...found,
      state: diagnose(at, null),
      usual: at.usual,
      receivers: [...receivers],
    });
  }
  return {seen, receivers};
}

test('both receivers are told to hold, each in its way, and to hold no longer', () => {
  const {receivers} = watched(10, {loss: () => 0.05});
  assert.deepEqual(receivers, [{jitterBufferTarget: 160}, {playoutDelayHint: 0.16}]);
  assert.deepEqual(watched(50, {loss: (second) => (second < 10 ? 0.05 : 0)}).receivers, [
    {jitterBufferTarget: 0},
    {playoutDelayHint: 0},
  ]);
});

/** When HLS would do better; see watched(). */
const worseAt = (what) => watched(40, what).seen.find(({worse}) => worse)?.second;
const short = (second) => second > 10;

test('a network that carries too little is left within seconds, and no other', () => {
  const at = worseAt({
    shown: (second) => (short(second) ? 3 : 30),
    loss: (second) => (short(second) ? 0.2 : 0),
    roundTrip: (second) => (short(second) ? 450 : 2),
  });
  assert.ok(at > 11 && at <= 14, `${at}`);
  assert.ok(worseAt({shown: () => 3, loss: () => 0.2, roundTrip: () => 450}) <= 5, 'thin from the beginning');
  // over TCP nothing is asked for again
  const tcp = worseAt({shown: (second) => (short(second) ? 12 : 30), roundTrip: (second) => (short(second) ? 900 : 2)});
  assert.ok(tcp > 11 && tcp <= 15, `${tcp}`);
  assert.equal(worseAt({loss: () => 0.1}), undefined); // repaired
  assert.equal(worseAt({shown: () => 18, loss: () => 0.1}), undefined); // not well, but better than nothing
  assert.equal(worseAt({shown: (second) => (short(second) ? 3 : 30)}), undefined); // the camera's fault, or the processor's
  assert.equal(worseAt({shown: (second) => (short(second) ? 0 : 30)}), undefined); // the camera has stopped
  assert.equal(worseAt({shown: () => 1, fps: 1}), undefined);
});

/** Whether HLS would do better after 30 s: so many of 30 frames a second, as late as that. */
function left(fps, lateMs, blamed = () => true) {
  const worse = new Worse();
  let frames = 0;
  for (let at = 0; at <= 30_000; at += 250) {
    frames += fps / 4;
    if (worse.look(at, {frames: Math.floor(frames), lateMs, blamed: blamed(at)}, 1000 / 30)) return at / 1000;
  }
  return null;
}

table('WebRTC that is as late as HLS, and shows fewer pictures, is left for it', left, [
  [[30, 50], null],
  [[30, 900], null],
  [[29, 1300], null], // all of them
  [[20, 1300], 8], // 1.5 x of the bitrate on a busy machine
  [[26, 1300], 8],
  [[20, 600], null], // sooner than HLS
  [[12, 600], 4],
  [[30, 3500], 8], // complete, and later than HLS would be
  [[20, 1300, () => false], null], // not the network
  [[12, 600, () => false], null],
  [[20, 1300, (at) => at % 1000 < 500], 8], // round trips are measured now and then
  [[20, 1300, (at) => at % 5000 < 1000], null],
]);

test('a queue makes pictures as late as it is long, since nearly all that is sent is pictures', () => {
  const ages = watched(20, {roundTrip: (second) => (short(second) ? 2002 : 2)}).seen.map(({lateMs}) => lateMs);
  assert.deepEqual([ages[0], ages.at(-1)], [1, 2001]);
  assert.equal(watched(5, {roundTrip: () => 600, usualRoundTrip: 600}).seen.at(-1).lateMs, 300); // far away
});

test('a slide show over a lossy network is not what is usual: pauses are called so', () => {
  const slides = (second) => (second < 10 ? 30 : 0.5); // a picture every 2 s
  const {seen} = watched(40, {shown: slides, loss: (second) => (second < 10 ? 0 : 0.2)});
  assert.ok(seen.at(-1).usual < 50);
  assert.ok(seen.slice(-20).some(({state}) => state === 'frozen'));
  // one that is sent so is
  const slow = watched(60, {shown: () => 0.5, fps: 0.5}).seen.slice(-20);
  assert.deepEqual([...new Set(slow.map(({state}) => state))], ['live']);
});

/** Pauses before each trial, where each fails. */
function pauses(count, ...fallen) {
  const memory = new Memory();
  memory.fell(...fallen);
  return Array.from({length: count}, () => {
    const {pauseMs} = memory;
    memory.failed();
    return pauseMs / 1000;
  });
}

table('WebRTC that has failed is left alone for longer and longer', pauses, [
  [
    [6, true, 20_000],
    [30, 60, 120, 240, 300, 300],
  ],
  [
    [4, false, 20_000], // blocked: perhaps for a moment
    [10, 30, 60, 120],
  ],
]);

test('a return that was good does not end what is remembered, one that lasts does, as does another network', () => {
  const memory = new Memory();
  memory.fell(true, 0);
  memory.returned();
  memory.fell(true, 40_000);
  assert.equal(memory.pauseMs, 60_000);
  memory.returned();
  memory.fell(false, 50_000); // blocked, but just after the others
  assert.equal(memory.pauseMs, 120_000);
  memory.returned();
  memory.fell(true, 600_000);
  assert.equal(memory.pauseMs, 30_000);
  memory.forget();
  memory.fell(false, 0);
  assert.equal(memory.pauseMs, 10_000);
});

/** The verdict on a trial, and after how many ms of it. */
function tried({shown, loss = () => 0, harmedAt = Infinity, usual = 30}) {
  const trial = new Trial(usual);
  const whep = {frames: 1, packets: 9, repairs: 0};
  for (let ms = 0; ms <= 20_000; ms += 250) {
    const good = trial.look(1000 + ms, {...whep, frames: Math.floor(whep.frames)}, ms >= harmedAt);
    if (good !== null) return [good, ms];
    whep.frames += shown(ms) / 4;
    whep.packets += 65;
    whep.repairs += 65 * loss(ms);
  }
  return null;
}

const full = () => 30;

table('a trial needs pictures at nearly the full rate for some seconds', tried, [
  [[{shown: full}], [true, 3000]],
  [[{shown: () => 27}], [true, 3000]],
  [[{shown: full, loss: () => 0.05}], [true, 3000]], // repaired
  [[{shown: () => 1, usual: 1}], [true, 3000]], // what the camera gives
  [[{shown: () => 1, usual: 0}], [true, 3000]], // nothing is known, and nothing speaks against it
  [[{shown: (ms) => (ms < 1500 ? 15 : 30)}], [true, 3750]],
  [[{shown: () => 0}], [false, 8000]], // one frame is no proof
  [[{shown: () => 20}], [false, 8000]],
  [[{shown: (ms) => (ms < 2000 ? 30 : 10)}], [false, 8000]],
  [[{shown: () => 30, usual: Infinity}], [false, 8000]], // not known, on a network that has failed
  [[{shown: () => 3, loss: () => 0.2}], [false, 1000]], // hopeless: no more than it takes
  [[{shown: full, loss: (ms) => ms / 20_000}], [false, 8000]], // loss grows
  [[{shown: () => 12, loss: () => 0.1, harmedAt: 500}], [false, 500]], // HLS has to stop for it
  [[{shown: full, loss: () => 0.02, harmedAt: 2000}], [true, 2000]], // HLS alone was in its way
]);
