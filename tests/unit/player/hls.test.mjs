// HLS: its playlist without sound, how fast it is played, and what is forgotten of it.
import {load, table} from './modules.mjs';

const {rateFor} = await load('js/hls/live_edge.js');
const {errorOf} = await load('js/hls/client.js');
const {isReordered} = await load('js/hls/reordered.js');
const {withoutOpus} = await load('js/hls/strip_opus.js');
const {trimPlayed} = await load('js/hls/trim.js');

const playlist = (codecs, sound) =>
  [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    ...(sound ? ['#EXT-X-MEDIA:TYPE="AUDIO",GROUP-ID="audio",NAME="audio2",URI="audio2_stream.m3u8"'] : []),
    `#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="${codecs}",RESOLUTION=1280x720${sound ? ',AUDIO="audio"' : ''}`,
    'video1_stream.m3u8',
    '',
  ].join('\n');

table('a playlist loses sound that a browser cannot play', withoutOpus, [
  [[playlist('avc1.42c01e,opus', true)], playlist('avc1.42c01e', false)],
  [[playlist('opus,avc1.42c01e', true)], playlist('avc1.42c01e', false)],
  [[playlist('Opus', true)], playlist('', false)],
  [[playlist('avc1.42c01e,mp4a.40.2', true)], playlist('avc1.42c01e,mp4a.40.2', true)],
]);

table('what lies ahead decides how fast it is played', rateFor, [
  [[-1, false], 1],
  [[0.05, false], 1],
  [[0.05, true], 1.05], // what was begun is finished
  [[0.2, false], 1.05],
  [[0.5, false], 1.1],
  [[2, false], 1.25],
  [[0, true], 1],
]);

/** A request that was answered by MediaMTX, by Caddy (own), or by somebody else. */
const answered = (code, response, own = false) => ({
  response: {code},
  networkDetails: {response, getResponseHeader: (name) => (own && name === 'x-envivo' ? '1' : null)},
});
const saying = (error) => JSON.stringify({status: 'error', error});
const bytes = (text) => new TextEncoder().encode(text).buffer;
const fatal = (details, answer = {}, type = 'networkError') => {
  const {reason, params} = errorOf({type, details, ...answer}, 'hvc1.1.6.L90');
  return [reason, ...Object.values(params)];
};

table('an end of hls.js has a meaning', fatal, [
  [['manifestLoadError', answered(404, saying("no stream is available on path 'a'"))], ['not-live']],
  [['manifestLoadError', answered(500, saying("path 'a' is not configured"))], ['unknown-path']],
  [['manifestLoadError', answered(500, saying('muxer instance not available'))], ['no-hls']],
  [['manifestLoadError', answered(401, saying('authentication error'))], ['password']],
  [['manifestLoadError', answered(502, '502 Bad Gateway', true)], ['restarting']],
  [
    ['manifestLoadError', answered(404, '<html>')],
    ['foreign', 404],
  ],
  [['manifestLoadError', answered(0, '')], ['unreachable']],
  [['manifestLoadError'], ['unreachable']],
  [['manifestLoadTimeOut'], ['unreachable']],
  [
    ['manifestParsingError', answered(200, '<!doctype html>')],
    ['foreign', 200],
  ],
  // the session of a viewer dies with the stream
  [['levelLoadError', answered(401, saying('authentication error'))], ['ended']],
  [['levelLoadError', answered(500, saying('muxer destroyed'))], ['ended']],
  [['audioTrackLoadError', answered(404, '', true)], ['ended']],
  [['levelLoadError', answered(502, '', true)], ['restarting']],
  [
    ['levelLoadError', answered(404, '404 page not found')],
    ['foreign', 404],
  ],
  [
    ['levelParsingError', answered(200, '<html>')],
    ['foreign', 200],
  ],
  [
    ['fragLoadError', answered(404, bytes('<html>'))],
    ['foreign', 404],
  ],
  [['fragLoadError', answered(404, bytes(saying('not found')))], ['ended']],
  [['levelLoadError', answered(0, '')], ['lost']],
  [['levelLoadTimeOut'], ['lost']],
  [['fragLoadTimeOut'], ['lost']],
  ...['manifestIncompatibleCodecsError', 'bufferAddCodecError', 'bufferIncompatibleCodecsError'].map((details) => [
    [details, {}, 'mediaError'],
    ['codec', 'hvc1.1.6.L90'],
  ]),
  [
    ['bufferAppendError', {}, 'mediaError'],
    ['media', 'bufferAppendError'],
  ],
  [
    ['internalException', {}, 'otherError'],
    ['media', 'internalException'],
  ],
]);

const word = (number) => [24, 16, 8, 0].map((shift) => (number >> shift) & 0xff);
const box = (name, ...content) => [...word(8 + content.length), ...Buffer.from(name), ...content];

/** A fragment whose samples are shown so much later than they are decoded; `flags`: what else each sample has. */
const fragment = (offsets, flags = 0x705) => {
  const others = [0x100, 0x200, 0x400].filter((flag) => flags & flag).length;
  const samples = offsets.flatMap((offset) => [
    ...Array(others).fill(word(7)).flat(),
    ...(flags & 0x800 ? word(offset) : []),
  ]);
  const head = [...(flags & 1 ? word(99) : []), ...(flags & 4 ? word(1) : [])];
  const run = box('trun', ...word(flags), ...word(offsets.length), ...head, ...samples);
  return Uint8Array.from([
    ...box('moof', ...box('mfhd', ...word(0)), ...box('traf', ...box('tfhd'), ...run)),
    ...box('mdat', 1, 2),
  ]);
};

table('B-frames show in the order of the frames', (...given) => isReordered(fragment(...given)), [
  [[[0, 0, 0]], false],
  [[[0, 3000, 0], 0xf05], true],
  [[[0, -1500, 0], 0x800], true],
  [[[0, 6000], 0x801], true],
  [[[3000, 3000, 3000], 0xf01], false], // all as much later
  [[[], 0x800], false],
]);

table('what is no fragment has none', (...octets) => isReordered(Uint8Array.from(octets)), [
  [[], false],
  [box('moof').slice(0, 7), false],
  [[...word(1), ...Buffer.from('moof')], false],
  [[...word(99), ...Buffer.from('moof')], false],
]);

/** What is taken out of the buffers while these parts are buffered: [second of play, type, sn, index]. */
function flushed(...parts) {
  const names = ['LEVEL_LOADED', 'AUDIO_TRACK_LOADED', 'FRAG_BUFFERED', 'BUFFER_FLUSHING'];
  const Hls = {Events: Object.fromEntries(names.map((name) => [name, name]))};
  const heard = {};
  const done = [];
  const hls = {
    on: (name, hear) => (heard[name] = hear),
    trigger: (name, {startOffset, endOffset, type}) => done.push([name, startOffset, endOffset, type]),
  };
  const video = {currentTime: 0};
  trimPlayed(hls, Hls, video);
  const details = {partList: [4, 5].map((index) => ({fragment: {sn: 7}, index}))};
  heard.LEVEL_LOADED('', {details});
  heard.AUDIO_TRACK_LOADED('', {details});
  for (const [second, type, sn, index] of parts) {
    video.currentTime = second;
    heard.FRAG_BUFFERED('', {frag: {type, sn}, part: index === null ? null : {index}});
  }
  return done;
}

const taken = (type, until) => ['BUFFER_FLUSHING', 0, until, type];

table('what was played is forgotten while no part is under way', flushed, [
  [[[59, 'main', 7, 5]], []], // 30 s are kept, and 30 s at least are taken at once
  [[[60, 'main', 7, 5]], [taken('video', 30)]],
  [[[60, 'main', 7, 4]], []], // the next part is there already
  [[[60, 'main', 6, 5]], []],
  [[[60, 'audio', 7, 5]], [taken('audio', 30)]],
  [
    [
      [60, 'main', 7, 5],
      [89, 'main', 7, 5],
      [90, 'main', 7, 5],
    ],
    [taken('video', 30), taken('video', 60)],
  ],
  [
    [
      [60, 'main', 7, 5],
      [61, 'audio', 7, 5],
    ],
    [taken('video', 30), taken('audio', 31)],
  ],
  [[[60, 'main', 3, null]], [taken('video', 30)]], // whole segments, of HLS that is not low-latency
]);
