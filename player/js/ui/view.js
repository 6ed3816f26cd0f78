// What a viewer sees and touches. Knows a Playback by its events, and the words only through `t`.
import {element} from '../lib/elements.js';
import {buildPanel} from '../stats/panel.js';
import {Actions} from './actions.js';
import {buildBadge} from './badge.js';
import {button, relabel} from './buttons.js';
import {buildControls, watchIdle} from './controls.js';
import {fullScreen, pictureInPicture} from './fullscreen.js';
import {listenToKeys} from './keyboard.js';
import {buildLogin} from './login.js';
import {buildStill} from './snapshot.js';

/** Builds the player inside `root`. */
export function buildView(root, t, path, video, onSettingChange) {
  video.setAttribute('aria-label', t('page.video', {path}));
  const badge = buildBadge(t);
  const spinner = element('span', {className: 'spinner', ariaHidden: 'true'});
  const still = buildStill(video);
  const panel = buildPanel(t, video, path);
  const stage = root.querySelector('.stage');
  const parts = {
    still,
    panel,
    help: () => showHelp(root, t),
    full: fullScreen(stage, video),
    pip: pictureInPicture(video),
  };
  const actions = new Actions(video, path, parts, onSettingChange);
  const controls = buildControls(t, video, actions, parts);
  const play = button('play', 'play', t('control.play'), () => actions.goLive());
  play.hidden = true;
  const login = buildLogin(t, (user, password) => actions.playback?.login(user, password));
  stage.append(still.canvas, spinner, play, login.form, panel.panel, controls.bar);
  stage.after(badge.line);
  let last = {state: 'connecting'};
  let refused = false; // by the browser, which wants a click first

  /** `pausedByBrowser`: a headset or a system may do so, and then no picture moves whatever arrives. */
  function show(detail, pausedByBrowser = false) {
    const shown = pausedByBrowser ? {...detail, state: 'stopped'} : detail;
    const paused = shown.state === 'stopped';
    const text = shown.reason ? t(`reason.${shown.reason}`, {path, ...shown.params}) : '';
    root.dataset.state = shown.state;
    login.show(shown.state, text || t(`state.${shown.state}`));
    badge.show(shown, login.form.hidden ? text : '');
    controls.showPaused(paused);
    play.hidden = !paused && !refused;
    if (paused) relabel(play, 'play', t('control.go-live'), t('control.go-live'));
    else if (refused) relabel(play, 'play', t('control.play'));
    if (shown.state === 'live') still.drop();
  }

  wireStart(video, () => {
    refused = true;
    show(last);
  });
  video.addEventListener('pause', () => last.state === 'live' && !video.ended && show(last, true));
  video.addEventListener('playing', () => {
    refused = false;
    show(last);
  });
  video.addEventListener('dblclick', () => actions.fullScreen());
  watchIdle(stage, () => last.state === 'live');
  listenToKeys(actions);

  return {
    /** A playback that may have been playing for a while. */
    follow(playback, numbers) {
      actions.playback = playback;
      panel.follow(playback);
      controls.follow(playback);
      const update = () => {
        last = playback.detail;
        show(last);
      };
      playback.addEventListener('state', update);
      update();
      if (numbers) panel.toggle(true);
    },
    refuse: (text) => {
      root.dataset.state = 'error';
      badge.show({state: 'error'}, text);
      controls.bar.hidden = true;
    },
  };
}

/** The sheet of keys, loaded when it is first shown. */
async function showHelp(root, t) {
  const {buildHelp} = await import('./help.js');
  let sheet = root.querySelector('dialog.help');
  if (!sheet) {
    sheet = buildHelp(t);
    root.append(sheet);
  }
  if (!sheet.open) sheet.showModal(); // asked for twice while it was loading
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
