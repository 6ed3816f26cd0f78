// The entry of recordings.html?path=PATH#DAY: what was recorded on a day, to be seen, played and taken away.
import {buildWords} from '../i18n/format.js';
import {filesUrl, pathOf, recordingsUrl} from '../lib/address.js';
import {listPaths} from '../lib/api.js';
import {Credentials, leaveCredentials} from '../lib/credentials.js';
import {element, say} from '../lib/elements.js';
import {buildLogin} from '../ui/login.js';
import {byDay, listRecordings} from './listing.js';
import {openDownload, RecordingsPlayer} from './player.js';
import {drawPicture, inTurn} from './thumbnail.js';
import {buildChoices, buildRow} from './view.js';

await leaveCredentials();
const words = await buildWords();
const {t} = words;
const credentials = new Credentials();
const status = element('p', {className: 'message', role: 'status', textContent: t('recordings.asking')});
const again = element('button', {type: 'button', className: 'again', hidden: true, textContent: t('recordings.again')});
const login = buildLogin(t, enter);
const player = new RecordingsPlayer(words, credentials);
const places = {paths: element('div'), days: element('div'), rows: element('ol', {className: 'segments'})};

document.documentElement.lang = words.language;
document.querySelector('h1')?.replaceChildren(t('recordings.title'));
document.querySelector('header nav')?.append(element('a', {href: 'index.html', textContent: t('nav.paths')}));
document
  .querySelector('main')
  ?.append(places.paths, player.section, places.days, status, again, login.form, places.rows);
again.addEventListener('click', load);

let path = pathOf(location.search);
let days = [];
const rows = new Map(); // <li> -> what fills it
const seen = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    if (rows.has(target)) rows.get(target).visible = isIntersecting;
    if (isIntersecting) picture(target);
  }
});

async function begin() {
  const paths = await listPaths(credentials).catch(() => []);
  const asked = new URLSearchParams(location.search).has('path');
  if (!asked && paths.length) path = paths[0].name;
  document.title = `${t('recordings.title')} · ${path ?? '?'} · envivo`;
  const choices = paths.map(({name}) => ({key: name, href: recordingsUrl(name), text: name}));
  if (path !== null && !paths.some(({name}) => name === path))
    choices.push({key: path, href: recordingsUrl(path), text: path});
  replace('paths', buildChoices(t('recordings.paths'), choices, path));
  if (path === null) {
    say(status, t('page.bad-path'));
    return;
  }
  window.addEventListener('hashchange', showDay);
  await load();
}

/** @returns {Promise<boolean>} whether the viewer may look at them */
async function load() {
  again.hidden = true;
  try {
    days = byDay(await listRecordings(path, credentials));
  } catch (/** @type {any} */ {reason}) {
    refuse(reason);
    return false;
  }
  login.show('', '');
  if (days.length) showDay();
  else say(status, t('recordings.none', {path}));
  return true;
}

function refuse(reason) {
  if (reason === 'password') {
    say(status, '');
    const wrong = credentials.headers.authorization && login.form.dataset.entered;
    login.fill(credentials.last);
    login.show('locked', t(wrong ? 'recordings.wrong-password' : 'recordings.login', {path}));
    return;
  }
  login.show('', '');
  days = [];
  again.hidden = false;
  say(status, t(`recordings.${reason === 'unreachable' || reason === 'foreign' ? reason : 'restarting'}`));
}

async function enter(user, password) {
  credentials.enter(user, password);
  login.form.dataset.entered = 'yes';
  if (await load()) credentials.accept();
  else if (!login.form.hidden) credentials.refuse();
}

function showDay() {
  const [day, segments] = days.find(([key]) => `#${key}` === location.hash) ?? days[0];
  const choices = days.map(([key, [{begin}]]) => ({key, href: `#${key}`, text: words.day(begin)}));
  const focused = places.days.contains(document.activeElement);
  replace('days', buildChoices(t('recordings.days'), choices, day));
  if (focused) places.days.querySelector('[aria-current]').focus();

  const whole = segments.filter(({state}) => state !== 'empty');
  const empty = segments.length - whole.length;
  const total = (what) => whole.reduce((sum, segment) => sum + segment[what], 0);
  const amounts = {length: words.length(total('seconds')), size: words.size(total('size'))};
  say(status, words.count('recordings.count', whole.length, amounts));

  seen.disconnect();
  rows.clear();
  const views = whole.map((segment, number) => {
    const view = buildRow(segment, words, () => player.play(whole, number, path));
    segment.view = view;
    view.mark(player.segment === segment);
    view.download.addEventListener('click', (event) => openDownload(event, segment, credentials));
    rows.set(view.row, {segment, visible: false, started: false, again: false});
    return view.row;
  });
  if (empty) views.push(element('li', {className: 'empty', textContent: words.count('recordings.empty', empty)}));
  views.push(
    element('li', {className: 'plain'}, element('a', {href: filesUrl(path), textContent: t('recordings.plain')})),
  );
  places.rows.replaceChildren(...views);
  for (const row of rows.keys()) seen.observe(row);
}

/** Fills a row that is in sight with the first picture of its file, and with what the file says of itself. */
function picture(row) {
  const shown = rows.get(row);
  if (!shown || shown.started) return;
  const {segment} = shown;
  const {view} = segment;
  inTurn(
    async () => {
      shown.started = true;
      const {file, at} = await drawPicture(view.canvas, segment, 'first', credentials);
      if (file.closed) segment.seconds = file.seconds;
      else if (segment.state === 'closed') segment.state = 'cut';
      view.show();
      if (at) view.pictured();
    },
    () => shown.visible && !shown.started,
  ).catch(({reason}) => {
    if (reason !== 'damaged' && reason !== 'missing') {
      if (shown.again) return;
      Object.assign(shown, {started: false, again: true}); // not the file's fault: WebKitGTK fails at every other
      picture(row);
      return;
    }
    segment.state = reason === 'missing' ? 'gone' : 'damaged';
    view.show();
  });
}

function replace(place, element) {
  places[place].replaceWith(element);
  places[place] = element;
}

begin();
