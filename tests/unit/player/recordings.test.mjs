// Jumps in recordings: from anywhere to anywhere, whatever is buffered or being loaded.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {fileOf, headOf, MediaSource, randomFrom, serving, Video} from './media_source.mjs';
import {load, table} from './modules.mjs';

const HAVE = {HAVE_CURRENT_DATA: 2, HAVE_FUTURE_DATA: 3};
URL.createObjectURL = () => 'blob:envivo';
Object.assign(globalThis, {MediaSource, HTMLMediaElement: HAVE});
const {nextStep} = await load('js/recordings/stretch.js');
const {FilePlayback} = await load('js/recordings/source.js');
const {RecordedFile} = await load('js/recordings/file.js');

const begun = {asked: 100, earlier: 2, keep: 30, first: false, over: false};
const act = (...given) => {
  const {act: name, earlier, to} = nextStep(...given);
  return [name, earlier ?? to].filter((part) => part !== undefined).join(' ');
};

const HOLED = [
  [90, 95],
  [104, 110],
];

table('what is buffered decides what is done for the moment that is asked for', act, [
  [[[[197, 226]], 20, null, true], 'begin 2'],
  [[[[197, 226]], 20, {...begun, asked: 200}, true], 'begin 2'], // the old stretch is no hole
  [[[[98, 103]], 100, begun, false], 'read'],
  [[[], 100, begun, true], 'read'],
  [[[], 2, begun, true], 'begin 2'], // jumped on while it was being looked for
  [[[[98, 99]], 100, begun, true], 'read'],
  [[[[98, 103]], 105, begun, true], 'read'],
  [[[[98, 103]], 300, begun, true], 'begin 2'],
  [[[[98, 125]], 100, begun, false], 'wait'],
  [[[[98, 125]], 110, begun, false], 'read'],
  [[[[98, 180]], 165, begun, false], 'trim 135'],
  [[[[98, 180]], 165, {...begun, keep: 128}, false], 'read'],
  [[[[104, 110]], 100, begun, true], 'further 8'], // its key frame is earlier
  [[[[104, 110]], 100, {...begun, first: true}, true], 'cross 104.001'],
  [[[[104, 110]], 102, begun, true], 'begin 2'],
  [[HOLED, 100, begun, true], 'cross 104.001'],
  [[HOLED, 94.9, begun, true], 'cross 104.001'],
  [[HOLED, 94.9, begun, false], 'read'],
  [[[[0.02, 5]], 0, {...begun, asked: 0, first: true}, true], 'cross 0.021'],
  [[[[0.02, 5]], 0, {...begun, asked: 0, first: true}, false], 'read'],
  [[[[98, 103]], 100, {...begun, over: true}, false], 'rest'],
  [[[[98, 99]], 100, {...begun, over: true}, true], 'rest'],
  [[[], 100, {...begun, over: true}, true], 'further 8'], // damaged up to the end
  [[[], 100, {...begun, over: true, first: true}, true], 'none'],
]);

const SECONDS = 600;
const LAST_FRAMES = 0.2; // before a hole: they need not be shown
const KINDS = {
  'a key frame each second': () => true,
  'a key frame every 11 seconds': (time) => time % 11 === 0,
  'one key frame': (time) => time === 0,
};
const HOLES = {
  'whole': [],
  'damaged in places and at its end': [
    [50, 53],
    [200, 240],
    [241, 242],
    [590, 600],
  ],
};

function fragmentsOf(isKey, holes) {
  return Array.from({length: SECONDS}, (_, time) => ({
    time,
    seconds: 1,
    key: isKey(time),
    damaged: holes.some(([from, to]) => from <= time && time < to),
  }));
}

/** Where a jump to `at` plays: after a hole the next key frame. */
function placeOf(at, fragments) {
  let shown = false;
  let expects = -1;
  for (const {time, key, damaged} of fragments) {
    if (damaged) continue;
    shown = key || (shown && expects === time);
    expects = time + 1;
    if (shown && time + 1 > at) return Math.max(at, time);
  }
  return null; // nothing follows
}

async function poll(reached) {
  for (let left = 20_000; left > 0; left--) {
    if (reached()) return true;
    await new Promise(setImmediate);
  }
  return false;
}

async function opened(fragments, random) {
  MediaSource.random = random;
  const bytes = fileOf(fragments);
  const asked = [];
  globalThis.fetch = serving(bytes, random, asked);
  const file = new RecordedFile({url: '/x', size: bytes.length, seconds: SECONDS}, {headers: {}});
  file.rate = 2 ** 14; // a chunk is about 200 fragments of these small ones, at least 64 KiB
  await file.read(0, 1);
  file.head = headOf(SECONDS);
  Object.assign(file, {closed: true, seconds: SECONDS, start: new Uint8Array(8)});
  file.bytesFor = (seconds) => Math.round((seconds * bytes.length) / SECONDS);
  const video = new Video();
  const playback = new FilePlayback(video, file);
  const failures = [];
  await playback.start((error) => failures.push(error));
  return {video, playback, failures, asked, file};
}

const realFetch = globalThis.fetch;
after(() => (globalThis.fetch = realFetch));
const SEED = Number(process.env.ENVIVO_SEED ?? Date.now() % 1e6);
console.log(`ENVIVO_SEED=${SEED}`);

for (const [kind, isKey] of Object.entries(KINDS)) {
  for (const [state, holes] of Object.entries(HOLES)) {
    test(`any jump plays the place that was asked for: ${kind}, ${state}`, async () => {
      const random = randomFrom(SEED);
      const fragments = fragmentsOf(isKey, holes);
      const {video, playback, failures} = await opened(fragments, random);
      const told = [];
      for (let jump = 0; jump < 60; jump++) {
        const near = random() < 0.3;
        const at = near ? Math.max(0, video.currentTime + (random() - 0.5) * 40) : random() * (SECONDS - 0.1);
        told.push(at.toFixed(2));
        video.currentTime = at;
        if (random() < 0.5) {
          for (let left = random() * 40; left > 0; left--) await new Promise(setImmediate);
          if (random() < 0.7) continue; // elsewhere before this one is there
        }
        const wanted = placeOf(video.sent.includes(at) ? at : video.currentTime, fragments);
        const is = (place) => Math.abs(video.currentTime - place) < 0.06;
        const there = () =>
          wanted === null
            ? MediaSource.newest.readyState === 'ended'
            : video.readyState >= 2 && [wanted, placeOf(wanted + LAST_FRAMES, fragments)].some(is);
        const reached = await poll(there);
        assert.ok(
          reached,
          `jumps to ${told.join(', ')}: at ${video.currentTime}, not ${wanted}; ${video.ranges.join(' | ')}`,
        );
        if (wanted !== null) {
          // and is what stays: it may have been of the stretch before, which is removed
          for (let left = 60; left > 0; left--) await new Promise(setImmediate);
          assert.ok(await poll(there), `after jumps to ${told.join(', ')}: went on to ${video.currentTime}`);
        }
      }
      playback.stop();
      assert.deepEqual(failures, []);
    });
  }
}

test('what plays on reaches the end over every hole, and what lies behind is let go', async () => {
  const random = randomFrom(SEED);
  const fragments = fragmentsOf(
    (time) => time % 2 === 0,
    [
      [50, 53],
      [300, 302],
    ],
  );
  const {video, playback, failures} = await opened(fragments, random);
  const longest = [];
  for (let left = 5000; left > 0 && MediaSource.newest.ends === 0; left--) {
    video.playTo(video.currentTime + 1);
    video.dispatchEvent(new Event('waiting')); // instead of half a second
    longest.push(video.ranges.reduce((sum, [from, to]) => sum + to - from, 0));
    await new Promise(setImmediate);
  }
  assert.equal(MediaSource.newest.ends, 1);
  assert.deepEqual(video.sent.map(Math.round), [54, 302]);
  assert.ok(Math.max(...longest) < 120, `${Math.max(...longest)} s`);
  playback.stop();
  assert.deepEqual(failures, []);
});

test('a network that was away is told, and the next jump plays', async () => {
  const {video, playback, failures} = await opened(
    fragmentsOf(() => true, []),
    randomFrom(SEED),
  );
  await poll(() => video.readyState > 2);
  const works = globalThis.fetch;
  globalThis.fetch = async () => {
    throw new TypeError('network');
  };
  video.currentTime = 300;
  await poll(() => failures.length);
  for (let left = 60; left > 0; left--) await new Promise(setImmediate);
  // a browser reports a jump by two events, and each of them is a new attempt
  assert.ok(failures.length <= 2, `${failures.length} attempts`);
  assert.deepEqual(new Set(failures.map(({reason}) => reason)), new Set(['unreachable']));
  globalThis.fetch = works;
  video.currentTime = 300.5;
  assert.ok(await poll(() => video.readyState > 2));
  assert.ok(Math.abs(video.currentTime - 300.5) < 0.01);
  playback.stop();
});

test('a jump before the first picture is where it begins', async () => {
  const random = randomFrom(SEED);
  MediaSource.random = random;
  const asked = [];
  const {video, playback} = await opened(
    fragmentsOf(() => true, []),
    random,
  );
  video.currentTime = 400;
  assert.ok(await poll(() => video.readyState > 2));
  assert.ok(Math.abs(video.currentTime - 400) < 0.01, `${video.currentTime} ${asked}`);
  playback.stop();
});
