// What an end of WebRTC means: HLS is tried, or it would meet the same; what is told; where the next attempt begins.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {load} from './modules.mjs';

const {FallbackTransport} = await load('js/transport/fallback.js');
const {HlsSide} = await load('js/transport/hls_side.js');
const {PlaybackError, REASONS} = await load('js/lib/errors.js');

class Ends extends EventTarget {
  note = null;
  reordered = false;
  release() {}
  constructor(name, end, tried) {
    super();
    this.attempt = async () => {
      tried.push(name);
      if (end instanceof Error) throw end;
      return new PlaybackError(end);
    };
  }
}

/** Looks for nothing until its HLS ends. */
class LookBack {
  constructor(_make, _video, possible) {
    LookBack.possible = possible;
  }
  find = (_signal, search) => new Promise((resolve) => search.addEventListener('abort', () => resolve(null)));
  fell() {}
  release() {}
}

class Side extends HlsSide {
  constructor(...given) {
    super(...given, LookBack);
  }
}

/** What is tried in two attempts, and what the first one ends with, where WebRTC and HLS end so. */
async function attempts(webrtc, hls, possible = true) {
  const tried = [];
  const makeHls = async () => ({hls: new Ends('hls', hls, tried), HlsSide: Side});
  const transport = new FallbackTransport(null, null, () => new Ends('webrtc', webrtc, tried), makeHls, possible);
  const {signal} = new AbortController();
  const {reason} = await transport.attempt(signal);
  const first = tried.splice(0).join(' ');
  await transport.attempt(signal);
  return [first, reason, tried.join(' ')];
}

const BOTH = ['not-live', 'unknown-path', 'password', 'unreachable', 'restarting', 'maintenance', 'ended', 'lost'];
// of the viewer's network or browser: another publisher changes nothing
const STAYS = ['blocked', 'no-address', 'no-picture', 'media', 'codec', 'unsupported', 'network'];

test('what HLS would meet as well is told at once', async () => {
  for (const reason of BOTH) assert.deepEqual(await attempts(reason, 'ended'), ['webrtc', reason, 'webrtc'], reason);
});

test('anything else that ends WebRTC is tried over HLS', async () => {
  for (const reason of REASONS.filter((one) => ![...BOTH, 'wrong-password', 'frozen'].includes(one))) {
    // HLS has played for a while
    const next = STAYS.includes(reason) ? 'hls' : 'webrtc hls';
    assert.deepEqual(await attempts(reason, 'ended'), ['webrtc hls', 'ended', next], reason);
  }
});

test('an exception of the browser is no end either', async () => {
  assert.deepEqual(await attempts(new TypeError('AbortSignal.timeout is not a function'), 'ended'), [
    'webrtc hls',
    'ended',
    'hls',
  ]);
  assert.deepEqual(await attempts('blocked', new TypeError('no')), ['webrtc hls', 'media', 'webrtc hls']);
});

test('a session that is ended soon after its first picture is broken off the second time', async () => {
  const tried = [];
  const makeWhep = () => {
    const whep = new Ends('webrtc', 'ended', tried);
    const {attempt} = whep;
    whep.attempt = () => {
      whep.dispatchEvent(new CustomEvent('progress', {detail: {step: 'live', protocol: 'webrtc', transport: 'udp'}}));
      return attempt();
    };
    return whep;
  };
  const hls = new Ends('hls', 'ended', tried);
  const transport = new FallbackTransport(null, null, makeWhep, async () => ({hls, HlsSide: Side}), true);
  const {signal} = new AbortController();
  for (const [expected, again] of [
    ['webrtc', 1],
    ['webrtc hls', 2],
    ['webrtc hls', 3],
  ]) {
    const {reason} = await transport.attempt(signal);
    assert.deepEqual([tried.splice(0).join(' '), reason], [expected, 'ended'], `session ${again}`);
  }
});

test('of two refusals the one is told that says more', async () => {
  for (const [webrtc, hls, told] of [
    ['format', 'no-hls', 'format'],
    ['rtc-codec', 'codec', 'codec'],
    ['rtc-codec', 'unsupported', 'rtc-codec'],
    ['refused', 'not-live', 'not-live'],
    ['broken-off', 'not-live', 'not-live'],
    ['foreign', 'foreign', 'foreign'],
    ['full', 'full', 'full'],
  ]) {
    assert.deepEqual(await attempts(webrtc, hls), ['webrtc hls', told, 'webrtc hls'], `${webrtc}, ${hls}`);
  }
});

test('a browser without WebRTC tries none', async () => {
  assert.deepEqual(await attempts('ended', 'frozen', false), ['hls', 'frozen', 'hls']);
});

test('B-frames are named while HLS plays, and then no session is looked for', async () => {
  for (const [webrtc, reordered, note, possible] of [
    ['broken-off', true, 'b-frames', false],
    ['broken-off', false, 'broken-off', true],
    ['rtc-codec', false, 'rtc-codec', false],
    ['format', false, 'format', false],
    ['blocked', true, 'blocked', true],
    ['refused', false, 'refused', true],
  ]) {
    const hls = Object.assign(new Ends('hls', 'ended', []), {reordered});
    let seen;
    hls.attempt = async () => {
      await null; // in use from now on
      seen = [transport.note?.reason, LookBack.possible()];
      return new PlaybackError('ended');
    };
    const makeHls = async () => ({hls, HlsSide: Side});
    const transport = new FallbackTransport(null, null, () => new Ends('webrtc', webrtc, []), makeHls, true);
    await transport.attempt(new AbortController().signal);
    assert.deepEqual(seen, [note, possible], webrtc);
  }
});
