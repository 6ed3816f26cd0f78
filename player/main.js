// The entry of both pages: <body data-protocol="webrtc"> or "hls".
import {Credentials} from './credentials.js';
import {observe} from './debug.js';
import {element} from './elements.js';
import {HlsPlayback} from './hls_client.js';
import {languageOf, translator} from './i18n.js';
import {DEFAULT_PATH, pageUrl, pathOf, playlistUrl, whepUrl} from './paths.js';
import {buildView} from './view.js';
import {Whep} from './whep.js';

const PROTOCOLS = {
  webrtc: {page: 'player.html', play: (video, path, credentials) => new Whep(video, whepUrl(path), credentials)},
  hls: {page: 'hls.html', play: (video, path, credentials) => new HlsPlayback(video, playlistUrl(path), credentials)},
};

const protocol = document.body.dataset.protocol;
const language = languageOf(navigator.languages);
const t = translator(language);
const path = pathOf(location.search);

document.documentElement.lang = language;
document.title = `${path ?? '?'} · envivo`;
document.querySelector('.path').textContent = path ?? '?';
document.querySelector('.protocols').append(
  ...Object.entries(PROTOCOLS).map(([name, {page}]) => {
    const link = element('a', {href: pageUrl(page, path ?? DEFAULT_PATH), textContent: t(`page.${name}`)});
    if (name === protocol) link.ariaCurrent = 'page';
    return link;
  }),
);

const view = buildView(document.querySelector('main'), t, path ?? '?');
if (path === null) {
  view.refuse(t('page.bad-path'));
} else {
  const playback = PROTOCOLS[protocol].play(view.video, path, new Credentials());
  view.follow(playback);
  observe(playback, {protocol, path});
  playback.start();
}
