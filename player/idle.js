// Out of the way of the picture: the bar leaves when nobody has moved for a while, and returns at the next touch.

const IDLE_MS = 3000;

export function watchIdle(stage, isPlaying) {
  let timer = null;
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
