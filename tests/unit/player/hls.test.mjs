// HLS: its playlist without sound, how fast it is played, and what is forgotten of it.
import {load, table} from './modules.mjs';

const {rateFor} = await load('js/hls/live_edge.js');
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
