// What a viewer sees and touches. Knows a Playback by its events, and the words only through `t`.
import {element} from '../lib/elements.js';
import {Actions} from './actions.js';
import {buildBadge} from './badge.js';
import {button, relabel} from './buttons.js';
import {buildControls, watchIdle} from './controls.js';
import {fullScreen, pictureInPicture} from './fullscreen.js';
import {listenToKeys} from './keyboard.js';
import {buildNumbers, demand} from './on_demand.js';
import {buildStill} from './still.js';

const NOTES = new Set([
  ...['network', 'b-frames', 'broken-off', 'rtc-codec', 'blocked'],
  ...['sound-only', 'sound-over-hls', 'sound-over-webrtc', 'sound-nowhere'],
]);
const LOGIN = new Set(['locked', 'checking']);
const RECEIVING = new Set(['connecting', 'live', 'frozen']);

/** Builds the player inside `root`. */
export function buildView(root, t, path, video, onSettingChange) {
  video.setAttribute('aria-label', t('page.video', {path}));
  const badge = buildBadge(t);
  const spinner = element('span', {className: 'spinner', 'aria-hidden': 'true'});
  const still = buildStill(video);
  const stage = root.querySelector('.stage');
  const bar = element('div', {className: 'controls', role: 'group'});
  const parts = {
    still,
    numbers: buildNumbers(t, bar, video, path),
    help: () => showHelp(root, t),
    full: fullScreen(stage, video),
    pip: pictureInPicture(video),
  };
  const actions = new Actions(video, path, parts, onSettingChange);
  const controls = buildControls(bar, t, video, actions, parts);
  const play = button('play', 'play', t('control.play'), () => actions.goLive());
  play.hidden = true;
  /** @type {any} */
  let login = null;
  stage.append(still.canvas, spinner, play, bar);
  stage.after(badge.line);
  /** @type {any} */
  let last = {state: 'connecting'};
  let refused = false; // by the browser, which wants a click first
  let held = false; // by a headset or a system

  /** Why HLS plays, where WebRTC would be faster; that there is no picture. */
  function noteText({state, note}) {
    if (state !== 'live' || !note) return '';
    return t(`note.${NOTES.has(note.reason) ? note.reason : 'other'}`, note.params);
  }

  function show() {
    const still = refused || held; // no picture moves then, whatever arrives
    const shown = still && RECEIVING.has(last.state) ? {...last, state: 'stopped', reason: null} : last;
    const paused = shown.state === 'stopped';
    actions.paused = paused;
    const text = shown.reason ? t(`reason.${shown.reason}`, {path, ...shown.params}) : noteText(shown);
    root.dataset.state = shown.state;
    if (login) login.show(shown.state, text || t(`state.${shown.state}`));
    else if (LOGIN.has(shown.state)) loadLogin();
    badge.show(shown, login?.form.hidden === false ? '' : text);
    controls.showPaused(paused);
    play.hidden = !paused;
    if (refused) relabel(play, 'play', t('control.play'));
    else if (paused) relabel(play, 'play', t('control.go-live'), t('control.go-live'));
    if (shown.state === 'live') parts.still.drop();
  }

  async function loadLogin() {
    const wanted = () => LOGIN.has(last.state);
    const part = await demand(() => import('./login.js'), t, wanted);
    if (login || !part) return;
    login = part.buildLogin(t, (user, password) => actions.playback?.login(user, password));
    login.fill(actions.playback?.entered);
    play.after(login.form);
    show();
  }

  wireStart(video, () => {
    refused = true;
    show();
  });
  video.addEventListener('pause', () => {
    held = last.state !== 'connecting' && RECEIVING.has(last.state) && !video.ended;
    show();
  });
  video.addEventListener('playing', () => {
    refused = held = false;
    show();
  });
  video.addEventListener('dblclick', () => actions.fullScreen());
  watchIdle(stage, () => last.state === 'live');
  listenToKeys(actions);

  return {
    /** A playback that may have been playing for a while. */
    follow(playback, numbers) {
      actions.playback = playback;
      parts.numbers.follow(playback);
      controls.follow(playback);
      const update = () => {
        last = playback.detail;
        show();
      };
      playback.addEventListener('state', update);
      playback.addEventListener('age', ({detail}) => badge.age(detail.seconds));
      update();
      if (numbers) parts.numbers.toggle();
    },
    refuse: (text) => {
      root.dataset.state = 'error';
      badge.show({state: 'error'}, text);
      bar.hidden = true;
    },
  };
}

/** @type {Promise<HTMLDialogElement> | null} */
let sheet = null;

/** The sheet of keys, loaded when it is first shown. */
async function showHelp(root, t) {
  const [{buildHelp}] = await Promise.all([import('./help.js'), t.later()]);
  sheet ??= buildHelp(t);
  const dialog = await sheet;
  if (!dialog.isConnected) root.append(dialog);
  if (!dialog.open) dialog.showModal(); // asked for twice while it was loading
}

/** A browser that refuses to start by itself: without sound it may, else there is a big button instead of a black picture. */
function wireStart(video, refused) {
  const start = () => {
    if (!video.paused) return;
    video.play().catch(({name}) => {
      if (name !== 'NotAllowedError') return;
      if (video.muted) return refused();
      video.muted = true;
      video.play().catch(refused);
    });
  };
  video.addEventListener('loadeddata', start);
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) start();
}
