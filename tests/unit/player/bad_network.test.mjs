// Ten minutes of a viewer on a bad network, without a browser or a clock: which transport plays, and how often it changes.
import assert from 'node:assert/strict';
import {mock, test} from 'node:test';
import {load} from './modules.mjs';

const {FallbackTransport} = await load('js/transport/fallback.js');
const {HlsSide} = await load('js/transport/hls_side.js');
const {Transport} = await load('js/transport/transport.js');
const {PlaybackError} = await load('js/lib/errors.js');
const {pause} = await load('js/lib/abort.js');

const STEP_MS = 50;
const FPS = 30;
let now = 0;
const timers = new Map(); // of our own: those of node:test are enabled differently in Node 18 and 20

function tick() {
  now += STEP_MS;
  for (const [timer, {at, call}] of timers) {
    if (at > now) continue;
    timers.delete(timer);
    call();
  }
}

/** A network that carries `carries` times the stream; `blocked`: WebRTC does not pass. */
class World {
  carries = 10;
  blocked = false;
  sessions = 0; // over WebRTC, so far
  trialMs = 0;

  constructor() {
    now = 0;
    timers.clear();
    mock.method(globalThis, 'setTimeout', (call, ms = 0) => {
      const timer = {};
      timers.set(timer, {at: now + ms, call});
      return timer;
    });
    mock.method(globalThis, 'clearTimeout', (timer) => timers.delete(timer));
    mock.method(performance, 'now', () => now);
    globalThis.document = /** @type {any} */ ({hidden: false, createElement: () => new Video()});
    this.video = new Video();
    this.changes = [];
    const makeWhep = (video) => new Whep(this, video);
    const makeOther = async () => ({hls: new Hls(this), HlsSide});
    this.transport = new FallbackTransport(this.video, null, makeWhep, makeOther, true);
    this.transport.addEventListener('progress', ({detail}) => {
      if (detail.step !== 'live' || detail.protocol === this.changes.at(-1)?.[1]) return;
      this.changes.push([Math.round(now / 1000), detail.protocol]);
    });
    this.stop = new AbortController();
    this.#play();
  }

  get protocols() {
    return this.changes.map(([, protocol]) => protocol);
  }

  async #play() {
    while (!this.stop.signal.aborted) {
      await this.transport.attempt(this.stop.signal).catch(() => null);
      this.transport.release();
      await pause(300, this.stop.signal);
    }
  }

  async run(seconds) {
    for (const end = now + 1000 * seconds; now < end; ) {
      tick();
      for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

class Video extends EventTarget {
  frames = 0;
  seconds = 0;
  get played() {
    return {length: 1, start: () => 0, end: () => this.seconds};
  }
  getVideoPlaybackQuality() {
    return {totalVideoFrames: Math.floor(this.frames)};
  }
}

class Whep extends Transport {
  protocol = 'webrtc';
  frames = 0;
  packets = 0;
  repairs = 0;
  leaves = false;
  worse = false;
  fps = FPS;

  constructor(world, video) {
    super(video, null);
    this.world = world;
    world.sessions++;
  }

  async attempt(signal) {
    const {world} = this;
    const trial = this.video !== world.video;
    this.begin();
    await pause(200, signal);
    if (world.blocked) {
      await pause(this.patienceMs, signal);
      return new PlaybackError('blocked');
    }
    let thinMs = 0;
    while (!signal.aborted && !this.released) {
      await pause(STEP_MS, signal);
      if (trial && this.video !== world.video) world.trialMs += STEP_MS;
      if (world.blocked) return new PlaybackError('lost');
      // without a queue that backs off, it takes what there is
      const share = world.carries >= 1 ? 1 : 0.1;
      thinMs = share < 0.5 ? thinMs + STEP_MS : 0;
      this.frames += (share * FPS * STEP_MS) / 1000;
      this.packets += 13;
      this.repairs += world.carries >= 1 ? 0 : 3;
      if (this.frames >= 1) this.emit('live', this);
      if (thinMs > 5000 && this.leaves) return new PlaybackError('network');
    }
    return new PlaybackError('ended');
  }

  async stats() {
    return {framesDecoded: Math.floor(this.frames), packetsReceived: this.packets, repairs: this.repairs};
  }

  moveTo(video) {
    this.video = video;
  }

  release() {
    this.released = true;
  }
}

class Hls extends Transport {
  protocol = 'hls';

  constructor(world) {
    super(world.video, null);
    this.world = world;
  }

  async attempt(signal) {
    const {video, world} = this;
    this.begin();
    video.frames = video.seconds = 0;
    await pause(1000, signal);
    for (let ms = 0; !signal.aborted; ms += STEP_MS) {
      await pause(STEP_MS, signal);
      if (world.hls === 'nothing') return new PlaybackError('no-picture');
      if (world.hls === 'stands' && ms > 6000) return new PlaybackError('frozen');
      const stops = world.carries < 1 && ms % 4000 < 800;
      if (world.carries < 1 && ms % 4000 === 0) video.dispatchEvent(new Event('waiting'));
      if (!stops) {
        video.frames += (FPS * STEP_MS) / 1000;
        video.seconds += STEP_MS / 1000;
      }
      this.emit('live', this);
    }
    return null;
  }

  release() {}
}

test('a network that is too thin for WebRTC: one change in ten minutes, and hardly any trial', async () => {
  const world = new World();
  await world.run(20);
  world.carries = 0.8;
  await world.run(600);
  assert.deepEqual(world.protocols, ['webrtc', 'hls']);
  assert.ok(world.changes[1][0] <= 28, `HLS at ${world.changes[1][0]} s`);
  assert.ok(world.sessions <= 6, `${world.sessions} sessions`);
  assert.ok(world.trialMs < 8000, `${world.trialMs} ms of trials`);

  world.carries = 10;
  await world.run(320);
  assert.deepEqual(world.protocols, ['webrtc', 'hls', 'webrtc']); // it did not stay there for good
  world.stop.abort();
});

test('a network that is thin now and then: never more than one return a minute, and fewer with each failure', async () => {
  const world = new World();
  for (let n = 0; n < 20; n++) {
    await world.run(15);
    world.carries = 0.8;
    await world.run(15);
    world.carries = 10;
  }
  const returns = world.changes.filter(([, protocol], n) => n && protocol === 'webrtc').map(([at]) => at);
  const between = returns.slice(1).map((at, n) => at - returns[n]);
  assert.ok(returns.length >= 1 && returns.length <= 5, `${returns}`);
  assert.ok(
    between.every((seconds) => seconds >= 60),
    `${between}`,
  );
  world.stop.abort();
});

test('another network, or a viewer who wants it, is reason enough to look at once', async () => {
  for (const ask of [(transport) => transport.retryNow(true), (transport) => transport.goLive()]) {
    const world = new World();
    await world.run(5);
    world.carries = 0.8;
    await world.run(300);
    world.carries = 10;
    world.transport.retryNow(false); // a tab that is shown again says nothing of the network
    const before = world.sessions;
    await world.run(1);
    assert.equal(world.sessions, before);
    ask(world.transport);
    await world.run(5);
    assert.equal(world.protocols.at(-1), 'webrtc');
    world.stop.abort();
  }
});

test('another network that is as thin, before HLS has shown how many frames there are: no return on the proof of a few', async () => {
  const world = new World();
  await world.run(5);
  world.carries = 0.8;
  while (world.protocols.at(-1) !== 'hls') await world.run(0.1);
  world.transport.retryNow(true);
  await world.run(25);
  assert.deepEqual(world.protocols, ['webrtc', 'hls']);
  assert.equal(world.sessions, 2); // it was tried
  world.stop.abort();
});

test('WebRTC that was blocked for a moment is back soon', async () => {
  const world = new World();
  await world.run(5);
  world.blocked = true;
  await world.run(10);
  assert.equal(world.protocols.at(-1), 'hls');
  world.blocked = false;
  await world.run(15);
  assert.deepEqual(world.protocols, ['webrtc', 'hls', 'webrtc']);
  world.stop.abort();
});

test('HLS that stands still on a thin network is begun again, and WebRTC only where HLS shows nothing', async () => {
  const world = new World();
  await world.run(5);
  world.carries = 0.8;
  world.hls = 'stands';
  await world.run(25);
  assert.deepEqual(world.protocols, ['webrtc', 'hls']);
  world.hls = 'nothing';
  await world.run(30);
  assert.equal(world.protocols.at(-1), 'webrtc'); // and stays there, as bad as it is
  const {sessions} = world;
  await world.run(60);
  assert.equal(world.sessions, sessions);
  world.stop.abort();
});
