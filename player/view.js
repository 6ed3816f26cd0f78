// What a viewer sees and touches. Knows a Playback by its events and its `login`, and the words only through `t`.
import {buildBadge} from './badge.js';
import {element} from './elements.js';
import {icon} from './icons.js';
import {buildLogin} from './login.js';
import {buildPanel} from './panel.js';

/** Builds the player inside `root`. @returns {{video: HTMLVideoElement, follow: (playback) => void, refuse: (text) => void}} */
export function buildView(root, t, path) {
  const video = element('video', {muted: true, autoplay: true, playsInline: true, className: 'video'});
  video.setAttribute('aria-label', t('page.video', {path}));
  const badge = buildBadge(t);
  const spinner = element('span', {className: 'spinner', ariaHidden: 'true'});
  const play = button('play', 'play', t('control.play'));
  play.hidden = true;
  const sound = button('sound', 'muted', t('control.sound-on'));
  sound.hidden = true;
  const full = button('full', 'enlarge', t('control.fullscreen'));
  const numbers = button('numbers-button', 'numbers', t('control.numbers'));
  const controls = element('div', {className: 'controls'}, sound, numbers, full);
  const panel = buildPanel(t, video, path);
  numbers.addEventListener('click', () => numbers.setAttribute('aria-expanded', panel.toggle()));
  let playback = null;
  const login = buildLogin(t, (user, password) => playback.login(user, password));
  const stage = element('div', {className: 'stage'}, video, spinner, play, login.form, panel.panel, controls);
  root.append(stage, badge.line);

  function show(detail, text) {
    root.dataset.state = detail.state;
    login.show(detail.state, text || t(`state.${detail.state}`));
    badge.show(detail, login.form.hidden ? text : '');
  }

  wirePlay(video, play);
  wireSound(video, sound, t);
  wireFullScreen(stage, video, full, t);

  return {
    video,
    follow(followed) {
      playback = followed;
      panel.follow(playback);
      playback.addEventListener('state', ({detail}) => {
        show(detail, detail.reason ? t(`reason.${detail.reason}`, {path, ...detail.params}) : '');
        if (detail.state !== 'live') play.hidden = true;
      });
      playback.addEventListener('sound', ({detail: {present}}) => (sound.hidden = !present));
    },
    refuse: (text) => show({state: 'error'}, text),
  };
}

/** A browser that refuses to start by itself gets a big button instead of a black picture. */
function wirePlay(video, play) {
  video.addEventListener('loadeddata', () => {
    if (video.paused) video.play().catch(() => (play.hidden = false));
  });
  video.addEventListener('playing', () => (play.hidden = true));
  play.addEventListener('click', () => video.play());
}

function wireSound(video, sound, t) {
  sound.addEventListener('click', () => (video.muted = !video.muted));
  video.addEventListener('volumechange', () => {
    relabel(sound, video.muted ? 'muted' : 'sound', t(video.muted ? 'control.sound-on' : 'control.sound-off'));
  });
}

function wireFullScreen(stage, video, full, t) {
  const enter = stage.requestFullscreen ?? video.webkitEnterFullscreen; // the latter: iPhone, the video alone
  full.hidden = !enter;
  full.addEventListener('click', () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else enter.call(stage.requestFullscreen ? stage : video);
  });
  document.addEventListener('fullscreenchange', () => {
    const inside = document.fullscreenElement === stage;
    relabel(full, inside ? 'reduce' : 'enlarge', t(inside ? 'control.fullscreen-leave' : 'control.fullscreen'));
  });
}

function button(className, iconName, label) {
  const made = element('button', {type: 'button', className});
  relabel(made, iconName, label);
  return made;
}

function relabel(target, iconName, label) {
  target.replaceChildren(icon(iconName));
  target.setAttribute('aria-label', label);
  target.title = label;
}
