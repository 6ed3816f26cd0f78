// Whether video has B-frames: frames that come in another order than they are shown, which WebRTC of MediaMTX cannot carry.

/** @param {Uint8Array} data of fMP4, as it is appended. Pure. */
export function isReordered(data) {
  return runsOf(new DataView(data.buffer, data.byteOffset, data.byteLength)).some(
    (run) => new Set(offsetsOf(run)).size > 1,
  );
}

const NESTED = ['moof', 'traf'];

/** The contents of all `trun` boxes. @returns {DataView[]} */
function runsOf(view) {
  const found = [];
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...[4, 5, 6, 7].map((n) => view.getUint8(at + n)));
    if (size < 8 || at + size > view.byteLength) break; // 64 bits, or cut
    const inside = new DataView(view.buffer, view.byteOffset + at + 8, size - 8);
    if (name === 'trun') found.push(inside);
    else if (NESTED.includes(name)) found.push(...runsOf(inside));
    at += size;
  }
  return found;
}

/** By how much each sample is shown later than it is decoded (ISO/IEC 14496-12, 8.8.8). */
function offsetsOf(run) {
  const flags = run.getUint32(0) & 0xffffff;
  if (!(flags & 0x800)) return [];
  const count = run.getUint32(4);
  const before = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  const fields = [0x100, 0x200, 0x400].filter((flag) => flags & flag).length;
  return Array.from({length: count}, (_, n) => run.getInt32(before + 4 * (n * (fields + 1) + fields)));
}
