// The entry of index.html: which paths there are, and what happens on them. Asks only while the page is visible.
import {buildWords} from '../i18n/format.js';
import {listPaths, pathStatus} from '../lib/api.js';
import {Credentials, leaveCredentials} from '../lib/credentials.js';
import {element, say} from '../lib/elements.js';
import {listRecordings} from '../recordings/listing.js';
import {buildLogin} from '../ui/login.js';
import {buildCard} from './card.js';

const ASK_MS = 5000;
const ASK_EACH_MS = 250; // many paths are asked for less often: four questions a second from one viewer at most
const PICTURE_MS = 30000;
const OFFLINE_PICTURE_MS = 600000; // it does not change
const NEWEST = 5; // files: behind an empty one there may be a whole one

await leaveCredentials();
const words = await buildWords();
const {t} = words;
const credentials = new Credentials();
document.documentElement.lang = words.language;
document.title = `${t('paths.title')} · envivo`;
document.querySelector('h1')?.replaceChildren(t('paths.title'));
document
  .querySelector('header nav')
  ?.append(element('a', {href: 'recordings.html', textContent: t('recordings.title')}));

const cards = element('ul', {className: 'cards'});
const status = element('p', {className: 'message', role: 'status', textContent: t('paths.asking')});
const login = buildLogin(t, enter);
document.querySelector('main')?.append(status, cards, login.form);

/** @type {WatchedPath[]} */
let paths = [];
let timer = 0;
let closed = false; // for maintenance
const seen = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    const path = paths.find(({view}) => view.card === target);
    if (!path) continue;
    path.visible = isIntersecting;
    picture(path);
  }
});

async function begin() {
  const found = await listPaths(credentials).catch(() => null);
  if (!found) {
    say(status, t('paths.unanswered'));
    setTimeout(begin, ASK_MS);
    return;
  }
  say(status, found.length ? '' : t('paths.none'));
  paths = found.map((path) => ({
    ...path,
    view: buildCard(path, words),
    state: 'asking',
    visible: false,
    nextPicture: 0,
  }));
  for (const {view} of paths) {
    view.show({state: 'asking'});
    cards.append(view.card);
    seen.observe(view.card);
  }
  document.addEventListener('visibilitychange', () => document.hidden || look());
  await look();
}

/** Asks for every path, and again after a while; not at all in a hidden tab. */
async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  await Promise.all(paths.map(ask));
  const announced = paths.find(({state}) => state === 'maintenance');
  if (announced || closed) say(status, announced ? t('paths.closed', {say: announced.why}) : '');
  closed = Boolean(announced);
  const locked = paths.some(({state}) => state === 'locked');
  const opened = paths.some((path) => path.locked && (path.state === 'live' || path.state === 'offline'));
  // those that open nothing are not tried again: the server slows down and keeps out who does
  const refused = locked && !opened && credentials.refuse();
  if (!locked) login.show('', '');
  else if (login.form.hidden) offer(t(refused ? 'paths.wrong-password' : 'paths.login'));
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(ASK_MS, paths.length * ASK_EACH_MS) * (0.9 + Math.random() / 5));
}

/** @param {WatchedPath} path */
async function ask(path) {
  // a locked one without a password would only be refused
  const known = path.locked && !credentials.headers.authorization;
  /** @type {{state: string, say?: string, since?: Date | null, viewers?: number, over?: string}} */
  const {state, ...more} = known ? {state: 'locked'} : await pathStatus(path.name, credentials);
  if (state === 'live' && path.state === 'offline') say(status, t('paths.starts', {path: path.name}));
  if (state === 'offline' && path.state === 'live') say(status, t('paths.ends', {path: path.name}));
  if (state !== path.state) path.nextPicture = 0;
  path.state = state;
  path.why = more.say;
  path.view.show({state, ...more});
  picture(path);
}

/** The form stays where it is and takes no focus: most who come here may watch something without it. */
function offer(text) {
  login.fill(credentials.last);
  login.form.hidden = false;
  say(login.form.querySelector('.message'), text);
}

async function enter(user, password) {
  credentials.enter(user, password);
  const answers = await Promise.all(paths.filter(({locked}) => locked).map(({name}) => pathStatus(name, credentials)));
  const states = new Set(answers.map(({state}) => state));
  const announced = answers.find(({state}) => state === 'maintenance');
  if (states.has('live') || states.has('offline')) {
    credentials.accept();
    /** @type {HTMLInputElement} */ (login.form.elements.namedItem('password')).value = '';
    look();
  } else {
    credentials.refuse();
    if (announced) login.show('locked', t('paths.closed', {say: announced.say}));
    else login.show('locked', t(states.has('locked') ? 'paths.wrong-password' : 'paths.unreachable'));
  }
}

/** The newest picture that was recorded, where the viewer may look at recordings. */
async function picture(path) {
  const wanted = () => path.visible && !document.hidden && performance.now() >= path.nextPicture;
  if (!wanted() || !['live', 'offline'].includes(path.state)) return;
  // loaded with the first picture: a page of locked paths does without
  const {drawPicture, inTurn} = await import('../recordings/thumbnail.js');
  await inTurn(async () => {
    path.nextPicture = performance.now() + (path.state === 'live' ? PICTURE_MS : OFFLINE_PICTURE_MS);
    if (path.recordings_locked && !credentials.headers.authorization) return;
    const segments = await listRecordings(path.name, credentials, NEWEST);
    const newest = segments.findLast(({state}) => state !== 'empty');
    const {at} = newest ? await drawPicture(path.view.canvas, newest, 'last', credentials) : {at: null};
    if (at) path.view.pictured(at);
  }, wanted).catch(() => null); // a card without a picture says as much
}

begin();
