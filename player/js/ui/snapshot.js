// The picture as it stands, saved as a PNG file; loaded when it is first wanted.
import {element} from '../lib/elements.js';
import {draw} from './still.js';

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
