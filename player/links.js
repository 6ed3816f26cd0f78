// The links below the player: other pages, the ways of playing, the languages. Each is an address of its own.
import {MODES, searchWith} from './address.js';
import {element} from './elements.js';
import {LANGUAGES} from './i18n.js';

const NAMES = {en: 'English', es: 'Español'};

const test = () => document.body.dataset.mode !== undefined;

/** @returns {HTMLElement[]} */
export function buildLinks(t, {mode, language, path}) {
  const modes = MODES.map((name) =>
    link(
      `player.html${searchWith(location.search, {mode: name === MODES[0] ? null : name})}`,
      t(`page.${name}`),
      !test() && name === mode,
    ),
  );
  const page = link(`hls.html${searchWith(location.search, {mode: null})}`, t('page.test'), test());
  const languages = LANGUAGES.map((name) => {
    const made = link(`${location.pathname}${searchWith(location.search, {lang: name})}`, NAMES[name], name === language);
    made.lang = made.hreflang = name;
    return made;
  });
  const others = [link('./', t('page.paths')), link(`recordings.html${path ? `?path=${path}` : ''}`, t('page.recordings'))];
  return [
    group(t('page.others'), 'others', others),
    group(t('page.mode'), 'protocols', [...modes, page]),
    group(t('page.language'), 'languages', languages),
  ];
}

function link(href, textContent, current) {
  const made = element('a', {href, textContent});
  if (current) made.ariaCurrent = 'page';
  return made;
}

function group(label, className, links) {
  const made = element('nav', {className}, ...links);
  made.setAttribute('aria-label', label);
  return made;
}
