// A WHEP session: what the server's answers mean, which address is tried first, when the next attempt comes.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {load, table} from './modules.mjs';

const {iceServers, mediaPorts, nearestFirst, sessionOf, unsynchronised} = await load('js/webrtc/signalling.js');
const {errorOfHttp, PlaybackError, retryDelay} = await load('js/lib/errors.js');
const {diagnose, StallDetector} = await load('js/webrtc/stall_detector.js');
const {summarise} = await load('js/webrtc/whep_stats.js');

const TURN =
  '<turn:h:3478?transport=udp>; rel="ice-server"; username="1:a"; credential="p,q\\"r"; credential-type="password"';

table('ICE servers come from the Link header', iceServers, [
  [[null], []],
  [['<https://x/y>; rel="next"'], []],
  [['<stun:h:3478>; rel="ice-server"'], [{urls: 'stun:h:3478'}]],
  [
    [`${TURN}, <stun:h:3478>; rel="ice-server"`],
    [{urls: 'turn:h:3478?transport=udp', username: '1:a', credential: 'p,q"r'}, {urls: 'stun:h:3478'}],
  ],
]);

const CANDIDATE = 'a=candidate:1 1 udp 2130706431 10.0.0.1 8189 typ host\r\n';

table('media ports are those of the host candidates', mediaPorts, [
  [['v=0\r\n'], []],
  [[CANDIDATE.repeat(2)], ['8189']],
  [[CANDIDATE + CANDIDATE.replace('8189', '8190')], ['8189', '8190']],
  [[CANDIDATE.replace('typ host', 'typ srflx')], []],
]);

const ID = '0e8a5f6c-4ddc-4a4c-9d6e-0123456789ab';

table('a session is known by its last segment, wherever a proxy puts it', sessionOf, [
  [[`/webrtc/whep/live/webcam/${ID}`], ID],
  [[`/cams/webrtc/whep/webcam/${ID}?token=1`], `${ID}?token=1`],
  [[`https://other/webcam/whep/${ID}`], ID],
  [[null], null],
  [['/login'], null],
  [['/webrtc/whep/webcam'], null],
]);

const [LOOPBACK, BRIDGE, LAN, LAN_TCP] = [
  'a=candidate:1 1 udp 9 127.0.0.1 8189 typ host',
  'a=candidate:2 1 udp 9 172.17.0.1 8189 typ host',
  'a=candidate:3 1 udp 9 10.0.0.1 8189 typ host',
  'a=candidate:4 1 tcp 8 10.0.0.1 8189 typ host',
];
const IPV6 = BRIDGE.replace('172.17.0.1', '2001:db8::5');
const sdp = (...candidates) => ['v=0', ...candidates, 'a=end-of-candidates', ''].join('\r\n');

table('the address of the page is tried first and loopback last', nearestFirst, [
  ...[
    ['10.0.0.1', [LAN, LAN_TCP, BRIDGE, LOOPBACK]],
    ['172.17.0.1', [BRIDGE, LAN, LAN_TCP, LOOPBACK]],
    ['video.example.org', [BRIDGE, LAN, LAN_TCP, LOOPBACK]],
    ...['localhost', '127.0.0.1', '[::1]'].map((host) => [host, [LOOPBACK, BRIDGE, LAN, LAN_TCP]]),
  ].map(([host, order]) => [[sdp(LOOPBACK, BRIDGE, LAN, LAN_TCP), host], sdp(...order)]),
  [[sdp(LOOPBACK, IPV6, LAN, LAN_TCP), '[2001:db8::5]'], sdp(IPV6, LAN, LAN_TCP, LOOPBACK)],
  [[sdp(LOOPBACK, IPV6, LAN, LAN_TCP), '10.0.0.1'], sdp(LAN, LAN_TCP, IPV6, LOOPBACK)],
  [['v=0\r\n', '10.0.0.1'], 'v=0\r\n'],
]);

table('each track has a stream of its own', unsynchronised, [
  [
    ['a=msid:stream video\r\na=x\r\na=msid:stream audio\r\n'],
    'a=msid:stream-0 video\r\na=x\r\na=msid:stream-1 audio\r\n',
  ],
]);

/** transport, relayProtocol and pair of a session whose own end is `local`. */
function shown(local) {
  const report = [
    {id: 't', type: 'transport', selectedCandidatePairId: 'p'},
    {id: 'p', type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r'},
    {id: 'l', type: 'local-candidate', port: 9, ...local},
  ]; // has values(), as an RTCStatsReport
  const {transport, relayProtocol = null, pair} = summarise(report, 'connected');
  return [transport, relayProtocol, pair];
}

table('a relayed viewer is told apart', shown, [
  [[{candidateType: 'host', protocol: 'udp'}], ['udp', null, 'host udp *:9 -> ?']],
  [[{candidateType: 'prflx', protocol: 'tcp'}], ['tcp', null, 'prflx tcp *:9 -> ?']],
  ...['udp', 'tcp', 'tls'].map((leg) => [
    [{candidateType: 'relay', protocol: 'udp', relayProtocol: leg}],
    ['relay', leg, `relay udp ${leg} *:9 -> ?`],
  ]),
]);

const PAIR = {id: 'p', type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r'};
const OTHER = {...PAIR, id: 'o', localCandidateId: 'none'};
const LOCAL = {id: 'l', type: 'local-candidate', candidateType: 'host', protocol: 'udp', port: 9};
const transportIn = (...report) => summarise([LOCAL, ...report], 'connected').transport;

table('the pair in use is found in what any browser tells', transportIn, [
  [[OTHER, PAIR, {id: 't', type: 'transport', selectedCandidatePairId: 'p'}], 'udp'],
  [[OTHER, {...PAIR, selected: true}], 'udp'], // Firefox before 153
  [
    [
      {...OTHER, nominated: true, state: 'failed'},
      {...PAIR, nominated: true, state: 'succeeded'},
    ],
    'udp',
  ],
  [[PAIR, OTHER], undefined],
  [[], undefined],
]);

const CHECKED = {...PAIR, selected: true, responsesReceived: 3, requestsReceived: 2};
const activityOf = (...report) => summarise(report, 'connected').activity;

table('what comes from the server is counted where the browser counts it', activityOf, [
  [[{id: 't', type: 'transport', bytesReceived: 100}], 100],
  [
    [
      {id: 't', type: 'transport', bytesReceived: 100, selectedCandidatePairId: 'p'},
      {...CHECKED, bytesReceived: 50},
    ],
    155,
  ],
  [[CHECKED], 5],
  // media alone: nothing would grow while a camera stands still
  [
    [
      {...PAIR, selected: true, bytesReceived: 50},
      {id: 'i', type: 'inbound-rtp', kind: 'video', bytesReceived: 40},
    ],
    undefined,
  ],
  [[{...CHECKED, responsesReceived: 0, requestsReceived: 0, bytesReceived: 50}], undefined], // named, never counted
  [[{id: 't', type: 'transport'}], undefined],
  [[], undefined],
]);

test('a browser that counts nothing but media never calls a still picture a lost connection', () => {
  const detector = new StallDetector(0);
  const report = (frames) => [
    {id: 'i', type: 'inbound-rtp', kind: 'video', framesDecoded: frames, bytesReceived: frames},
  ];
  const said = new Set();
  for (let at = 0; at <= 20_000; at += 250) {
    const {framesDecoded: frames, activity} = summarise(report(Math.min(at / 250, 20)), 'connected');
    said.add(diagnose(detector.look(at, {frames, activity}), 'lives'));
  }
  assert.deepEqual([...said], ['live', 'ask', 'frozen', 'no-picture']);
});

/** The shortest and the longest delay. */
const delays = (...given) => [retryDelay(...given, 0), retryDelay(...given, 1)];

table('a retry is spread by a quarter around its base', delays, [
  [
    ['not-live', 0, false],
    [188, 313],
  ],
  [
    ['not-live', 1, false],
    [750, 1250],
  ],
  [
    ['not-live', 1, true],
    [225, 375],
  ],
  [
    ['not-live', 79, false],
    [750, 1250],
  ],
  [
    ['not-live', 80, false],
    [2250, 3750],
  ],
  [
    ['blocked', 0, true],
    [375, 625],
  ],
  [
    ['blocked', 50, false],
    [2250, 3750],
  ],
  [
    ['password', 0, false],
    [null, null],
  ],
  [
    ['wrong-password', 0, true],
    [null, null],
  ],
]);

const saying = (error) => JSON.stringify({status: 'error', error});
const reasonOf = (...answer) => errorOfHttp(...answer).reason;

table('answers of MediaMTX have a meaning, whoever passes them on', reasonOf, [
  [[401, saying('authentication error'), false], 'password'],
  [[404, saying("no stream is available on path 'webcam'"), false], 'not-live'],
  [[400, saying("path 'x' is not configured"), true], 'unknown-path'],
  [[500, saying("path 'x' is not configured"), true], 'unknown-path'],
  [[400, saying('maximum reader count reached'), true], 'full'],
  [[400, saying('codecs not supported by client'), true], 'rtc-codec'],
  [[400, saying("the stream doesn't contain any supported codec, which are currently AV1"), true], 'format'],
  [[400, saying('failed to unmarshal SDP: EOF'), true], 'refused'],
  [[404, saying('session not found'), true], 'refused'],
  [[500, saying('muxer is waiting to be created'), true], 'no-hls'],
]);

table('answers of Caddy are known by their header', reasonOf, [
  [[401, '401 Unauthorized', true], 'password'],
  [[502, '502 Bad Gateway', true], 'restarting'],
  [[504, '', true], 'restarting'],
  [[404, '404 Not Found', true], 'refused'],
  [[413, '', true], 'refused'],
]);

const STRANGERS = [
  '',
  '404 Not Found',
  '<!doctype html><title>Home</title>',
  '{"error": "no stream is available"}',
  'null',
  '[]',
];

table('an answer of anybody else says nothing of the stream', (...answer) => errorOfHttp(...answer), [
  ...[200, 201, 204, 301, 400, 401, 403, 404, 405, 409, 429, 500, 502, 503, 504].flatMap((status) =>
    STRANGERS.map((body) => [[status, body, false], new PlaybackError('foreign', {status})]),
  ),
]);

const standing = (still, silent, said) => diagnose({still, silent, patience: 500}, said);

table('a picture that stands still has a meaning', standing, [
  [[100, 100, null], 'live'],
  [[600, 600, null], 'ask'],
  [[600, 600, 'lives'], 'ask'], // a hiccup needs no words
  [[600, 600, 'gone'], 'ended'],
  [[600, 600, 'restarting'], 'restarting'],
  [[1600, 1600, null], 'frozen'], // whatever the server will answer, it is not live,
  [[1600, 1600, 'lives'], 'frozen'],
  [[1600, 1600, 'unanswered'], 'silent'],
  [[9000, 2000, 'lives'], 'frozen'], // the camera's fault: another session would show no more
  [[2900, 2900, 'lives'], 'lost'],
  [[60_000, 60_000, 'unanswered'], 'silent'],
  [[12_100, 500, 'lives'], 'no-picture'],
]);

test('patience suits the frame rate', () => {
  for (const [perSecond, least, most] of [
    [30, 500, 500],
    [5, 700, 810],
    [1, 3000, 4010],
  ]) {
    const detector = new StallDetector(0);
    let seen;
    for (let n = 1; n <= 40; n++) seen = detector.look((n * 1000) / perSecond, {frames: n, activity: n});
    assert.deepEqual([seen.still, seen.silent], [0, 0], `${perSecond} a second`);
    assert.ok(least <= seen.patience && seen.patience <= most, `${perSecond} a second: ${seen.patience} ms`);
  }
});
