// Single pictures out of recorded files: no session at MediaMTX, so looking at a list does not count as a viewer.
import {element} from '../lib/elements.js';
import {RecordedFile} from './file.js';
import {attach, playable} from './source.js';

const AT_ONCE = 2;
const SECONDS = 2.5; // of the file: a key frame is among them
const WITHIN_MS = 8000;
const FRAME_S = 0.05;
const STEPS_S = [0, 0.3, 1]; // sound may begin before the pictures, or go on after them: nothing is shown there

let free = AT_ONCE;
const waiting = [];

/** Runs a few tasks at a time, in the order in which they came; one that is not wanted any more is passed over. */
export async function inTurn(task, wanted = () => true) {
  if (free > 0) free--;
  else await new Promise((resolve) => waiting.push(resolve));
  try {
    return wanted() ? await task() : null;
  } finally {
    if (waiting.length) waiting.shift()();
    else free++;
  }
}

/**
 * Draws the first or the last picture of a segment.
 * @param {'first' | 'last'} which
 * @returns {Promise<{file: RecordedFile, at: Date | null}>} `at`: when it was filmed; null where this browser cannot show it
 */
export async function drawPicture(canvas, segment, which, credentials) {
  const file = new RecordedFile(segment, credentials);
  await file.open();
  if (!playable(file.head.type)) return {file, at: null};
  const tail = which === 'last' ? await file.tail(SECONDS) : null;
  const bytes = tail?.bytes ?? (await file.read(file.head.end, file.bytesFor(SECONDS)));
  const second = await draw(canvas, file, bytes, which);
  return {file, at: second === null ? null : new Date(segment.begin.getTime() + second * 1000)};
}

async function draw(canvas, file, bytes, which) {
  const video = element('video', {muted: true, playsInline: true, preload: 'auto'});
  try {
    const {media, buffer, append} = await attach(video, file);
    await append(bytes);
    media.endOfStream();
    const ranges = buffer.buffered;
    if (!ranges.length) return null;
    const [begin, end] = [ranges.start(0), ranges.end(ranges.length - 1)];
    for (const step of STEPS_S) {
      const second = which === 'first' ? Math.min(end, begin + step) : Math.max(begin, end - FRAME_S - step);
      await shown(video, second);
      if (drawn(canvas, video)) return second;
    }
    return null;
  } finally {
    video.removeAttribute('src');
    video.load();
  }
}

/** False, and nothing drawn, where the browser has no picture for this moment although it says that it has data. */
function drawn(canvas, video) {
  const spot = element('canvas', {width: 1, height: 1}).getContext('2d');
  spot.drawImage(video, 0, 0, 1, 1);
  if (spot.getImageData(0, 0, 1, 1).data[3] === 0) return false;
  canvas.width = 320;
  canvas.height = Math.round((320 * video.videoHeight) / video.videoWidth) || 180;
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  return true;
}

function shown(video, second) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no picture')), WITHIN_MS);
    const look = () => {
      if (video.seeking || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      clearTimeout(late);
      resolve(null);
    };
    for (const name of ['seeked', 'loadeddata', 'canplay']) video.addEventListener(name, look);
    video.addEventListener('error', () => reject(video.error ?? new Error('error')));
    video.currentTime = second;
    look();
  });
}
