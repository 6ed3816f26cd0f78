// What a viewer sees and touches. Knows a Playback by its events, and the words only through `t`.
import {Actions} from './actions.js';
import {buildBadge} from './badge.js';
import {button, relabel} from './buttons.js';
import {buildControls} from './controls.js';
import {element} from './elements.js';
import {buildHelp} from './help.js';
import {watchIdle} from './idle.js';
import {listenToKeys} from './keyboard.js';
import {buildLogin} from './login.js';
import {buildPanel} from './panel.js';
import {fullScreen, pictureInPicture} from './screens.js';
import {buildStill} from './still.js';

/**
 * Builds the player inside `root`.
 * @param {object} settings of the address (address.js)
 * @param {(name: string, value: string | null) => void} toldOf what to keep in the address
 * @returns {{video: HTMLVideoElement, follow: (playback) => void, refuse: (text) => void}}
 */
export function buildView(root, t, path, settings, toldOf) {
  const video = element('video', {muted: settings.muted, autoplay: true, playsInline: true, className: 'video'});
  video.volume = settings.volume;
  video.setAttribute('aria-label', t('page.video', {path}));
  const badge = buildBadge(t);
  const spinner = element('span', {className: 'spinner', ariaHidden: 'true'});
  const still = buildStill(video);
  const panel = buildPanel(t, video, path);
  const help = buildHelp(t);
  const stage = element('div', {className: 'stage'});
  const parts = {still, panel, help, full: fullScreen(stage, video), pip: pictureInPicture(video)};
  const actions = new Actions(video, path, parts, toldOf);
  const controls = buildControls(t, video, actions, parts);
  const play = button('play', 'play', t('control.play'), () => actions.goLive());
  play.hidden = true;
  const login = buildLogin(t, (user, password) => actions.playback.login(user, password));
  stage.append(video, still.canvas, spinner, play, login.form, panel.panel, controls.bar);
  root.append(stage, badge.line, help.dialog);
  let last = {state: 'connecting'};

  /** `pausedByBrowser`: a headset or a system may do so, and then no picture moves whatever arrives. */
  function show(detail, pausedByBrowser = false) {
    const shown = pausedByBrowser ? {...detail, state: 'stopped'} : detail;
    const paused = shown.state === 'stopped';
    const text = shown.reason ? t(`reason.${shown.reason}`, {path, ...shown.params}) : '';
    root.dataset.state = shown.state;
    login.show(shown.state, text || t(`state.${shown.state}`));
    badge.show(shown, login.form.hidden ? text : '');
    controls.showPaused(paused);
    play.hidden = !paused;
    if (paused) relabel(play, 'play', t('control.go-live'), t('control.go-live'));
    if (shown.state === 'live') still.drop();
  }

  wireStart(video, play, t);
  video.addEventListener('pause', () => last.state === 'live' && !video.ended && show(last, true));
  video.addEventListener('playing', () => show(last));
  video.addEventListener('dblclick', () => actions.fullScreen());
  watchIdle(stage, () => last.state === 'live');
  listenToKeys(actions);

  return {
    video,
    follow(playback) {
      actions.playback = playback;
      panel.follow(playback);
      controls.follow(playback);
      playback.addEventListener('state', ({detail}) => show((last = detail)));
      if (settings.numbers) panel.toggle(true);
    },
    refuse: (text) => {
      root.dataset.state = 'error';
      badge.show({state: 'error'}, text);
      controls.bar.hidden = true;
    },
  };
}

/** A browser that refuses to start by itself: without sound it may, else there is a big button instead of a black picture. */
function wireStart(video, play, t) {
  const refused = () => {
    relabel(play, 'play', t('control.play'));
    play.hidden = false;
  };
  video.addEventListener('loadeddata', () => {
    if (!video.paused) return;
    video.play().catch(({name}) => {
      if (name !== 'NotAllowedError') return;
      if (video.muted) return refused();
      video.muted = true;
      video.play().catch(refused);
    });
  });
}
