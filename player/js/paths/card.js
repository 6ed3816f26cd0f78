// One card for each path: picture, name, whether it is live, since when, how many watch.
import {playerUrl, recordingsUrl} from '../lib/address.js';
import {element, say} from '../lib/elements.js';

export function buildCard({name}, {t, count, moment}) {
  const canvas = element('canvas', {width: 320, height: 180, 'role': 'img', 'aria-hidden': 'true'});
  const filmed = element('span', {className: 'filmed', 'aria-hidden': 'true'});
  const watch = element('a', {href: playerUrl(name), className: 'name', textContent: name});
  watch.setAttribute('aria-label', t('paths.watch', {path: name}));
  const badge = element('span', {className: 'badge'});
  const more = element('span', {className: 'more'});
  const recordings = element('a', {
    href: recordingsUrl(name),
    className: 'recordings',
    textContent: t('paths.recordings'),
  });
  recordings.setAttribute('aria-label', t('paths.recordings-of', {path: name}));
  const card = element(
    'li',
    {className: 'card'},
    element('div', {className: 'picture'}, canvas, filmed),
    element('h2', {}, watch),
    element('p', {className: 'state'}, badge, ' ', more),
    recordings,
  );

  return {
    card,
    canvas,
    /** @param {{state: string, since?: Date | null, viewers?: number, over?: string}} status */
    show({state, since, viewers, over}) {
      card.dataset.state = state;
      say(badge, t(`paths.${state}`));
      const parts = state === 'live' ? [t('paths.since', {time: moment(since)}), count('paths.viewers', viewers)] : [];
      if (over) parts.push(t('paths.over', {protocol: over}));
      say(more, parts.join(' · '));
    },
    pictured(at) {
      card.classList.add('pictured');
      canvas.setAttribute('aria-hidden', 'false');
      canvas.setAttribute('aria-label', t('paths.picture', {path: name, time: moment(at)}));
      say(filmed, moment(at));
    },
  };
}
