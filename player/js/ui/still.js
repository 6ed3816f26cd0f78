// The picture as it stands, held over a paused <video>.
import {element} from '../lib/elements.js';

export function buildStill(video) {
  const canvas = element('canvas', {className: 'still', hidden: true});
  canvas.setAttribute('aria-hidden', 'true');
  return {
    canvas,
    hold() {
      if (!draw(video, canvas)) return;
      canvas.hidden = false;
    },
    drop: () => (canvas.hidden = true),
  };
}

/** The picture as it stands, in its own size; false where there is none. */
export function draw(video, canvas) {
  if (!video.videoWidth) return false;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  return true;
}
