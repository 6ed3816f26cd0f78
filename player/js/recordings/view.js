// The rows of a day's recordings, and the element that plays one of them.
import {element, say} from '../lib/elements.js';

/** One segment. `play` is called with it; the picture and what the file says of itself come later. */
export function buildRow(segment, {t, time, length, size}, play) {
  const canvas = element('canvas', {width: 320, height: 180, 'aria-hidden': 'true'});
  const when = time(segment.begin);
  const button = element(
    'button',
    {type: 'button', className: 'play-it'},
    canvas,
    element('span', {textContent: when}),
  );
  const about = element('span', {className: 'about'});
  const badge = element('span', {className: 'badge', hidden: true});
  const download = element('a', {href: segment.url, download: segment.name, textContent: t('recordings.download')});
  download.setAttribute('aria-label', t('recordings.download-of', {time: when}));
  const row = element('li', {}, button, element('p', {className: 'state'}, about, ' ', badge), download);
  button.addEventListener('click', () => play());

  function show() {
    const known = segment.state === 'damaged' ? [] : [length(segment.seconds)];
    say(about, [...known, size(segment.size)].join(' · '));
    button.setAttribute('aria-label', t('recordings.play', {time: when, length: length(segment.seconds)}));
    badge.hidden = segment.state === 'closed';
    row.dataset.state = segment.state;
    if (!badge.hidden) say(badge, t(`recordings.${segment.state}`));
  }
  show();

  return {
    row,
    canvas,
    download,
    button,
    show,
    pictured: () => row.classList.add('pictured'),
    mark(playing) {
      if (playing) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    },
  };
}

/** Links to choose among; the one that is chosen says so. */
export function buildChoices(label, choices, chosen) {
  const links = choices.map(({key, href, text}) => {
    const link = element('a', {href, textContent: text});
    if (key === chosen) link.setAttribute('aria-current', 'true');
    return link;
  });
  const nav = element('nav', {className: 'choices'}, ...links);
  nav.setAttribute('aria-label', label);
  return nav;
}

export function buildPlayer() {
  const video = element('video', {controls: true, playsInline: true, preload: 'auto', tabIndex: 0});
  const title = element('h2', {});
  const trouble = element('p', {className: 'trouble', role: 'alert'});
  const section = element('section', {className: 'player', hidden: true}, title, video, trouble);
  return {
    section,
    video,
    show(text) {
      section.hidden = false;
      say(title, text);
      video.setAttribute('aria-label', text);
      say(trouble, '');
    },
    trouble: (text) => say(trouble, text),
  };
}
