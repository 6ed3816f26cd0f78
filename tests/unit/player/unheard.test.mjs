// Pictures without a sound: what is told, and when the server is asked.
import assert from 'node:assert/strict';
import {mock, test} from 'node:test';
import {load, table} from './modules.mjs';

const {unheard} = await load('js/transport/unheard.js');
const {Transport} = await load('js/transport/transport.js');

const told = (...given) => {
  const why = unheard(...given);
  return why && [why.reason, why.params.codec];
};

table('sound is named only where the way in use lacks it, with the way that does not', told, [
  [[['H264'], 'webrtc', true], null],
  [[[], 'webrtc', true], null],
  [[['H264', 'Opus'], 'webrtc', true], null],
  [[['H264', 'Opus'], 'hls', true], null],
  [
    [['H264', 'Opus'], 'hls', false],
    ['sound-over-webrtc', 'Opus'],
  ],
  [[['H264', 'MPEG-4 Audio'], 'hls', true], null],
  [
    [['MPEG-4 Audio', 'H264'], 'webrtc', true],
    ['sound-over-hls', 'AAC'],
  ],
  [
    [['H264', 'MPEG-4 Audio LATM'], 'webrtc', true],
    ['sound-over-hls', 'AAC'],
  ],
  [[['H264', 'G711'], 'webrtc', true], null],
  [
    [['H264', 'G711'], 'hls', true],
    ['sound-over-webrtc', 'G711'],
  ],
  [
    [['H264', 'LPCM'], 'hls', false],
    ['sound-over-webrtc', 'LPCM'],
  ],
  [
    [['H264', 'MPEG-1/2 Audio'], 'webrtc', true],
    ['sound-nowhere', 'MPEG-1/2 Audio'],
  ],
  [
    [['H264', 'AC-3'], 'hls', true],
    ['sound-nowhere', 'AC-3'],
  ],
  [[['H264', 'KLV'], 'webrtc', true], null],
  [
    [['H265', 'Generic', 'Speex'], 'hls', true],
    ['sound-nowhere', 'Speex'],
  ],
]);

/** A transport at a clock of its own; `asked`: how often the server was asked. */
function transport(path, codecs) {
  let now = 0;
  mock.method(performance, 'now', () => now);
  const seen = {asked: 0};
  mock.method(globalThis, 'fetch', async () => {
    seen.asked++;
    return new Response(JSON.stringify({live: true, codecs}), {headers: {'content-type': 'application/json'}});
  });
  const made = new Transport(null, {headers: {}});
  made.path = path;
  made.begin();
  return {
    made,
    seen,
    async look(atMs, heard) {
      now = atMs;
      made.listen(heard, 'webrtc');
      for (let turn = 0; turn < 50 && !made.unheard; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
      return made.unheard?.reason ?? null;
    },
  };
}

test('silent pictures are asked about once, and no longer explained when they are heard', async () => {
  const {look, seen} = transport('garden', ['H264', 'MPEG-4 Audio']);
  assert.equal(await look(0, false), null);
  assert.equal(await look(2900, false), null);
  assert.equal(seen.asked, 0);
  assert.equal(await look(3100, false), 'sound-over-hls');
  assert.equal(await look(9000, false), 'sound-over-hls');
  assert.equal(seen.asked, 1);
  assert.equal(await look(9250, true), null);
});

test('pictures that are heard, and a path that nobody knows, are not asked about', async () => {
  const heard = transport('garden', ['H264', 'Opus']);
  for (const at of [0, 4000, 8000]) assert.equal(await heard.look(at, true), null);
  assert.equal(heard.seen.asked, 0);
  const unknown = transport(null, ['H264', 'MPEG-4 Audio']);
  for (const at of [0, 4000]) assert.equal(await unknown.look(at, false), null);
  assert.equal(unknown.seen.asked, 0);
});

test('an answer about an attempt that is over is not believed', async () => {
  const {made, look} = transport('garden', ['H264', 'MPEG-4 Audio']);
  await look(0, false);
  const late = look(4000, false);
  made.begin();
  await late;
  assert.equal(made.unheard, null);
});
