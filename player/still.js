// The last picture, held over the <video> while it receives nothing by the viewer's own wish.
import {element} from './elements.js';

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
