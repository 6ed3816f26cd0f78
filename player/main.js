// The entry of both pages: player.html, and hls.html with <body data-mode="hls">.
import {searchWith, settingsOf} from './address.js';
import {Credentials} from './credentials.js';
import {observe} from './debug.js';
import {pageLanguage, translator} from './i18n.js';
import {buildLinks} from './links.js';
import {pathOf} from './paths.js';
import {Playback} from './playback.js';
import {buildView} from './view.js';
import {wayOf} from './ways.js';

const settings = settingsOf(location.search);
const mode = document.body.dataset.mode ?? settings.mode;
const language = pageLanguage();
const t = translator(language);
const path = pathOf(location.search);

document.documentElement.lang = language;
document.title = `${path ?? '?'} · envivo`;
document.querySelector('.path').textContent = path ?? '?';
document.body.classList.toggle('embed', settings.embed);
document.body.classList.toggle('bare', !settings.controls);

/** Whoever sends on the address sends what they see. */
function keep(name, value) {
  history.replaceState(null, '', `${location.pathname}${searchWith(location.search, {[name]: value})}`);
  showLinks();
}

function showLinks() {
  document.querySelector('footer').replaceChildren(...buildLinks(t, {mode, language, path}));
}

showLinks();
const view = buildView(document.querySelector('main'), t, path ?? '?', settings, keep);
if (path === null) {
  view.refuse(t('page.bad-path'));
} else {
  const playback = new Playback(await wayOf(mode, view.video, path, new Credentials()));
  view.follow(playback);
  observe(playback, {mode, path});
  playback.start();
}
