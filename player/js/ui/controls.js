// The bar of buttons over the picture.
import {element} from '../lib/elements.js';
import {button, relabel} from './buttons.js';

const BEHIND_MS = 3000;
const LOOK_MS = 2000;
const IDLE_MS = 3000;

/** Fills the bar. */
export function buildControls(bar, t, video, actions, {full, pip, numbers: panel}) {
  const play = button('toggle', 'pause', t('control.pause'), () => actions.playPause());
  const edge = button('edge', 'edge', t('control.go-live'), () => actions.goLive());
  edge.hidden = true;
  const sound = button('sound', 'muted', t('control.sound-on'), () => actions.mute());
  const volume = element('input', {type: 'range', className: 'volume', min: 0, max: 1, step: 0.05});
  volume.setAttribute('aria-label', t('control.volume'));
  volume.addEventListener('input', () => actions.setVolume(Number(volume.value)));
  const audio = element('div', {className: 'audio', hidden: true}, sound, volume);
  const numbers = button('numbers-button', 'numbers', t('control.numbers'), () => actions.numbers());
  const shot = button('shot', 'camera', t('control.snapshot'), () => actions.snapshot());
  const inPicture = button('pip', 'pip', t('control.pip'), () => actions.pip());
  const enlarge = button('full', 'enlarge', t('control.fullscreen'), () => actions.fullScreen());
  const help = button('help-button', 'help', t('control.help'), () => actions.help());
  inPicture.hidden = !pip.possible;
  enlarge.hidden = !full.possible;
  const gap = element('span', {className: 'gap'});
  bar.append(play, edge, audio, gap, numbers, shot, inPicture, help, enlarge);
  bar.setAttribute('aria-label', t('control.group'));

  function showSound() {
    const key = video.muted ? 'control.sound-on' : 'control.sound-off';
    relabel(sound, video.muted ? 'muted' : 'sound', t(key), video.muted ? t(key) : '');
    volume.value = video.muted ? 0 : video.volume;
  }
  video.addEventListener('volumechange', showSound);
  showSound();

  panel.changed = (open) => numbers.setAttribute('aria-expanded', open);
  panel.changed(false);

  document.addEventListener('fullscreenchange', () => {
    const inside = full.inside();
    relabel(enlarge, inside ? 'reduce' : 'enlarge', t(inside ? 'control.fullscreen-leave' : 'control.fullscreen'));
  });
  const showPip = () => inPicture.setAttribute('aria-pressed', pip.inside());
  video.addEventListener('enterpictureinpicture', showPip);
  video.addEventListener('leavepictureinpicture', showPip);
  showPip();

  return {
    showPaused: (paused) => relabel(play, paused ? 'play' : 'pause', t(paused ? 'control.go-live' : 'control.pause')),
    follow(playback) {
      playback.addEventListener('sound', ({detail: {present}}) => (audio.hidden = !present));
      audio.hidden = !playback.hasSound;
      setInterval(async () => {
        const {latencyMs, targetLatencyMs} = (!document.hidden && (await playback.stats())) || {};
        edge.hidden = !(latencyMs > targetLatencyMs + BEHIND_MS);
      }, LOOK_MS);
    },
  };
}

/** Hides the bar after a while without a move, until the next one. */
export function watchIdle(stage, isPlaying) {
  let timer = 0;
  function stir() {
    stage.classList.remove('idle');
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (isPlaying() && !stage.querySelector(':focus-visible')) stage.classList.add('idle');
      else stir();
    }, IDLE_MS);
  }
  for (const name of ['pointermove', 'pointerdown', 'focusin']) stage.addEventListener(name, stir);
  document.addEventListener('keydown', stir);
  stage.addEventListener('pointerleave', ({pointerType}) => {
    if (pointerType === 'mouse' && isPlaying()) stage.classList.add('idle');
  });
  stir();
}
