// The picture as it stands: held over a paused <video>, or saved as a PNG file.
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
function draw(video, canvas) {
  if (!video.videoWidth) return false;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  return true;
}

/** `live/webcam` at 2026-11-25 00:00:00.123 UTC: live-webcam_2026-11-25T00-00-00.123Z.png. Pure. */
export const fileName = (path, when) => `${path.replaceAll('/', '-')}_${when.toISOString().replaceAll(':', '-')}.png`;

/** Resolves with the name of the file, or null where there is no picture. */
export async function saveSnapshot(video, path) {
  const canvas = element('canvas', {});
  if (!draw(video, canvas)) return null;
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
  const download = fileName(path, new Date());
  const href = URL.createObjectURL(blob);
  element('a', {href, download}).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
  return download;
}
