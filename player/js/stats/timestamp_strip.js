// The time that a test picture carries in its first rows (agent/envivo_agent/pattern.py), read from a <video>.

const BITS = 40;
const BLOCK = 16; // pixels, each way
const WHITE_FROM = 125;
const WRAP = 2 ** 32;

/**
 * 32 bits of Unix milliseconds and 8 of check, most significant first; white is 1. Pure.
 * @param {Uint8ClampedArray} row RGBA of one row of pixels
 * @returns {number | null} Unix milliseconds modulo 2^32, null where there is no strip
 */
export function stampOf(row) {
  let stamp = 0;
  let check = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const green = row[(bit * BLOCK + BLOCK / 2) * 4 + 1];
    const value = green > WHITE_FROM ? 1 : 0;
    if (bit < 32) stamp = stamp * 2 + value;
    else check = check * 2 + value;
  }
  let expected = 0xa5;
  for (let octet = 0; octet < 4; octet++) expected ^= (stamp >>> (8 * octet)) & 255;
  return check === expected ? stamp : null;
}

/** Milliseconds from the stamp to `now` (Unix), also across the wrap of the stamp every 50 days. */
export const sinceStamp = (stamp, now) => ((now % WRAP) - stamp) | 0;

/** A reader of one <video>; null where its picture carries no strip. Takes 4 to 6 ms without a GPU. */
export function stripReader(video) {
  const canvas = Object.assign(document.createElement('canvas'), {width: BITS * BLOCK, height: 1});
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', {willReadFrequently: true}));
  return () => {
    if (video.videoWidth < BITS * BLOCK) return null;
    context.drawImage(video, 0, BLOCK / 2, BITS * BLOCK, 1, 0, 0, BITS * BLOCK, 1);
    return stampOf(context.getImageData(0, 0, BITS * BLOCK, 1).data);
  };
}
