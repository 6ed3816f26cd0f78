// What stands around the picture: title, language, links, and the view that the playback is followed by.
import {LANGUAGES, pageLanguage} from '../i18n/i18n.js';
import {MODES, recordingsUrl, searchWith} from '../lib/address.js';
import {element} from '../lib/elements.js';
import {buildView} from '../ui/view.js';

const NAMES = {en: 'English', es: 'Español'};

const test = () => document.documentElement.dataset.mode !== undefined;

/** @param {{mode, path, settings, video, t, playback: Playback | null}} page `playback`: null where there can be no such path */
export function show({mode, path, settings, video, t, playback}) {
  const language = pageLanguage();
  document.documentElement.lang = language;
  document.title = `${path ?? '?'} · envivo`;
  document.querySelector('.path')?.replaceChildren(path ?? '?');

  /** So that the address, sent on, shows the same. */
  function keep(name, value) {
    history.replaceState(null, '', `${location.pathname}${searchWith(location.search, {[name]: value})}`);
    showLinks();
  }

  function showLinks() {
    document.querySelector('footer')?.replaceChildren(...buildLinks(t, {mode, language, path}));
  }

  showLinks();
  const view = buildView(document.querySelector('main'), t, path ?? '?', video, keep);
  if (playback) view.follow(playback, settings.numbers);
  else view.refuse(t('page.bad-path'));
}

/** Other pages, the ways of playing, the languages: each is an address of its own. */
function buildLinks(t, {mode, language, path}) {
  const modes = MODES.map((name) =>
    link(
      `player.html${searchWith(location.search, {mode: name === MODES[0] ? null : name})}`,
      t(`page.${name}`),
      !test() && name === mode,
    ),
  );
  const page = link(`hls.html${searchWith(location.search, {mode: null})}`, t('page.test'), test());
  const languages = LANGUAGES.map((name) => {
    const made = link(
      `${location.pathname}${searchWith(location.search, {lang: name})}`,
      NAMES[name],
      name === language,
    );
    made.lang = made.hreflang = name;
    return made;
  });
  const others = [
    link('./', t('page.paths')),
    link(path ? recordingsUrl(path) : 'recordings.html', t('page.recordings')),
  ];
  return [
    group(t('page.others'), 'others', others),
    group(t('page.mode'), 'protocols', [...modes, page]),
    group(t('page.language'), 'languages', languages),
  ];
}

function link(href, textContent, current) {
  return element('a', {href, textContent, ...(current && {'aria-current': 'page'})});
}

function group(label, className, links) {
  const made = element('nav', {className}, ...links);
  made.setAttribute('aria-label', label);
  return made;
}
