// The address, the keys and the words of the page; what a browser is asked that it can.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {load, table} from './modules.mjs';

const {credentialsIn, filesUrl, pathOf, playlistUrl, searchWith, settingsOf, statusUrl, whepUrl} =
  await load('js/lib/address.js');
const {capabilitiesOf, hlsBy} = await load('js/transport/capabilities.js');
const {Credentials} = await load('js/lib/credentials.js');
const {LANGUAGES, languageOf, translator} = await load('js/i18n/i18n.js');
const {actionOf} = await load('js/ui/keyboard.js');
const {MESSAGES: OF_LISTS} = await load('js/i18n/list_messages.js');
const {REASONS} = await load('js/lib/errors.js');
const {fileName} = await load('js/ui/snapshot.js');

table('the address of the page names a path', pathOf, [
  [[''], 'webcam'],
  [['?path='], 'webcam'],
  [['?path=live/webcam'], 'live/webcam'],
  [['?path=live%2Fweb.cam_2-x'], 'live/web.cam_2-x'],
  ...['../webcam', '/webcam', 'webcam/', 'a//b', 'x~', 'what?', '«»'].map((path) => [
    [`?path=${encodeURIComponent(path)}`],
    null,
  ]),
]);

/** Where requests go from a page at this address. */
const asked = (page) =>
  [whepUrl('live/a'), playlistUrl('a'), statusUrl(''), statusUrl('a'), filesUrl('a', 'x.mp4')].map(
    (url) => new URL(url, page).href,
  );
const below = (base) =>
  ['webrtc/whep/live/a', 'hls/a/index.m3u8?cookieCheck=1', 'api/paths', 'api/paths/a', 'recordings/a/x.mp4'].map(
    (url) => base + url,
  );

table('requests go where the page was found, also below the path of a proxy', asked, [
  [['http://h:8080/web/player.html?path=a#x'], below('http://h:8080/')],
  [['https://h/web/'], below('https://h/')],
  [['https://h/cams/web/player.html'], below('https://h/cams/')],
  [['https://h/a/b/web/recordings.html'], below('https://h/a/b/')],
]);

table('credentials are taken out of an address', credentialsIn, [
  [['http://h/web/?path=a#b'], null],
  [['http://ana:PW@h:8080/web/?path=a#b'], {user: 'ana', password: 'PW', address: 'http://h:8080/web/?path=a#b'}],
  [['http://ana@h/'], {user: 'ana', password: '', address: 'http://h/'}],
  [['http://:PW@h/'], {user: '', password: 'PW', address: 'http://h/'}],
  [['http://se%C3%B1al:a%3Ab%40c@h/'], {user: 'señal', password: 'a:b@c', address: 'http://h/'}],
  [['http://a:5%@h/'], {user: 'a', password: '5%', address: 'http://h/'}],
]);

const SETTINGS = {mode: 'auto', embed: false, controls: true, numbers: false, muted: true, volume: 1};

table('the address says how a stream is shown', settingsOf, [
  [[''], SETTINGS],
  [['?mode=hls&embed=1&controls=0'], {...SETTINGS, mode: 'hls', embed: true, controls: false}],
  [
    ['?mode=webrtc&numbers=1&muted=0&volume=0.25'],
    {...SETTINGS, mode: 'webrtc', numbers: true, muted: false, volume: 0.25},
  ],
  [['?mode=carrier-pigeon&volume=11&embed=yes'], SETTINGS],
  [['?volume=loud'], SETTINGS],
]);

table('the address keeps what is not changed', searchWith, [
  [['', {mode: null}], ''],
  [['', {mode: 'hls'}], '?mode=hls'],
  [['?path=live/webcam&mode=hls', {mode: null, lang: 'es'}], '?path=live/webcam&lang=es'],
]);

table('keys stay out of the way', actionOf, [
  [[{key: 'k'}, 'BODY'], 'playPause'],
  [[{key: 'K'}, 'BODY'], 'playPause'],
  [[{key: ' '}, 'BODY'], 'playPause'],
  [[{key: ' '}, 'BUTTON'], null],
  [[{key: 'm'}, 'INPUT'], null],
  [[{key: 'f', ctrlKey: true}, 'BODY'], null],
  [[{key: 's', metaKey: true}, 'BODY'], null],
  [[{key: 'x'}, 'BODY'], null],
]);

table('the name of a snapshot suits every system', fileName, [
  [['live/webcam', new Date('2026-11-25T00:00:00Z')], 'live-webcam_2026-11-25T00-00-00.000Z.png'],
]);

table('the language is the first of the viewer that there is, else English', languageOf, [
  [[['en-GB']], 'en'],
  [[['es-MX', 'en']], 'es'],
  [[['fr-FR', 'ES']], 'es'],
  [[['fr-FR']], 'en'],
  [[[]], 'en'],
]);

/** Key -> the parameters in its text. */
const shape = (messages) =>
  Object.fromEntries(Object.entries(messages).map(([key, text]) => [key, (text.match(/\{\w+\}/g) ?? []).sort()]));

/** The messages of one file, of each language. */
const ofEach = async (file) =>
  Object.fromEntries(
    await Promise.all(LANGUAGES.map(async (name) => [name, (await load(`js/i18n/${name}${file}.js`)).MESSAGES])),
  );
const [MESSAGES, LATER] = [await ofEach(''), await ofEach('_later')];

test('every language has the same messages with the same parameters', () => {
  for (const messages of [MESSAGES, LATER, OF_LISTS]) {
    assert.deepEqual(Object.keys(messages), ['en', 'es']);
    assert.deepEqual(shape(messages.es), shape(messages.en));
  }
});

test('what is said later is loaded later', async () => {
  const t = await translator('es');
  assert.equal(t('state.again', {seconds: 3}), 'nuevo intento en 3 s');
  assert.throws(() => t('login.user'));
  await t.later();
  assert.equal(t('login.user'), 'Usuario');
});

test('every reason has a message', () => {
  assert.deepEqual(
    REASONS.filter((reason) => !(`reason.${reason}` in MESSAGES.en)),
    [],
  );
});

/** What the page makes of a browser that plays these types by WebRTC and by (Managed)MediaSource. */
function can({rtc, codecs, mse, managed}, native) {
  const source = (types) => types && {isTypeSupported: (type) => types.some((known) => type.includes(known))};
  const scope = {
    RTCPeerConnection: rtc,
    RTCRtpReceiver: codecs && {getCapabilities: () => ({codecs: codecs.map((mimeType) => ({mimeType}))})},
    MediaSource: source(mse),
    ManagedMediaSource: source(managed),
  };
  const all = capabilitiesOf(scope, {canPlayType: () => native});
  return [
    Object.keys(all)
      .filter((name) => all[name])
      .join(' '),
    hlsBy(all),
  ];
}

table('a browser is asked what it can', can, [
  // Chromium
  [
    [{rtc: true, codecs: ['video/H264'], mse: ['avc1', 'opus']}, 'maybe'],
    ['webrtc mediaSource opus nativeHls', 'hls.js'],
  ],
  // one without H.264
  [
    [{rtc: true, codecs: ['video/VP8'], mse: ['vp8', 'opus']}, ''],
    ['opus', null],
  ],
  // iOS 17.1
  [
    [{rtc: true, codecs: ['video/H264'], managed: ['avc1']}, 'maybe'],
    ['webrtc mediaSource nativeHls', 'hls.js'],
  ],
  // an old iPhone
  [
    [{rtc: true}, 'maybe'],
    ['webrtc nativeHls', 'browser'],
  ],
  [
    [{}, ''],
    ['', null],
  ],
]);

/** What a request says where the tab keeps this entry. */
function said(entry) {
  globalThis.sessionStorage = {getItem: () => entry};
  return new Credentials().headers;
}

table('user and password are kept as JSON, and nonsense in their place is none', said, [
  [['{"user": "señal", "password": "contraseña:1"}'], {authorization: 'Basic c2XDsWFsOmNvbnRyYXNlw7FhOjE='}],
  ...[null, '', 'null', '{', '"x"', '{"user": "a"}', '{"user": 1, "password": 2}'].map((entry) => [[entry], {}]),
]);
