// What has to be known of a fragmented MP4 as MediaMTX records it: ftyp, moov, then moof and mdat for each second.

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the contents of boxes of a type begin, wherever in these bytes they are. */
function* contents(bytes, type) {
  const name = [...type].map((letter) => letter.charCodeAt(0));
  for (let at = bytes.indexOf(name[0]); at !== -1; at = bytes.indexOf(name[0], at + 1)) {
    if (at >= 4 && name.every((code, i) => bytes[at + i] === code)) yield at + 4;
  }
}

// Version 1 of a box has 64 bits for times where version 0 has 32
const isLong = (view, at) => view.getUint8(at) === 1;
const timeAt = (view, at, long) => (long ? Number(view.getBigUint64(at)) : view.getUint32(at));

/**
 * null where the file does not begin as a recording; `missing`: how many bytes of it are needed.
 * @returns {Head | {missing: number} | null}
 */
export function headOf(bytes) {
  const view = viewOf(bytes);
  const [at] = contents(bytes.subarray(0, 256), 'moov');
  if (!at) return null;
  const end = at - 8 + view.getUint32(at - 8);
  if (end > bytes.length) return {missing: end};
  const moov = bytes.subarray(0, end);
  const [mvhd] = contents(moov, 'mvhd');
  const ids = [...contents(moov, 'tkhd')].map((tkhd) => view.getUint32(tkhd + (isLong(view, tkhd) ? 20 : 12)));
  const scales = [...contents(moov, 'mdhd')].map((mdhd) => view.getUint32(mdhd + (isLong(view, mdhd) ? 20 : 12)));
  if (!mvhd || !ids.length || ids.length !== scales.length) return null;
  const scale = mvhd + (isLong(view, mvhd) ? 20 : 12);
  const codecs = codecsIn(moov);
  return {
    end,
    seconds: timeAt(view, scale + 4, isLong(view, mvhd)) / view.getUint32(scale), // 0 until MediaMTX closes the file
    timescales: new Map(ids.map((id, i) => [id, scales[i]])),
    type: codecs.length === ids.length ? `video/mp4; codecs="${codecs.join(',')}"` : null,
  };
}

/** As MediaSource wants them; those that are not known here are left out. */
function codecsIn(moov) {
  const hex = (byte) => byte.toString(16).padStart(2, '0');
  return [
    ...[...contents(moov, 'avcC')].map((at) => `avc1.${[...moov.subarray(at + 1, at + 4)].map(hex).join('')}`),
    ...[...contents(moov, 'Opus')].map(() => 'opus'),
    ...[...contents(moov, 'mp4a')].map(() => 'mp4a.40.2'),
  ];
}

/** The fragments that begin in these bytes, which begin anywhere: [{at, time}], `at` from the first byte on. */
export function fragmentsIn(bytes, timescales) {
  const view = viewOf(bytes);
  const found = [];
  for (const mfhd of contents(bytes, 'mfhd')) {
    const at = mfhd - 16; // the first box of a moof
    const size = at < 0 ? 0 : view.getUint32(at);
    if (size < 24 || at + size + 8 > bytes.length) continue;
    const moof = bytes.subarray(at, at + size);
    const [[tfhd], [tfdt]] = [contents(moof, 'tfhd'), contents(moof, 'tfdt')];
    const timescale = tfdt && timescales.get(view.getUint32(at + tfhd + 4));
    if (timescale) found.push({at, time: timeAt(view, at + tfdt + 4, isLong(view, at + tfdt)) / timescale});
  }
  return found;
}

/** How many of these bytes, which begin with a fragment, are whole fragments. A cut or damaged one ends them. */
export function wholeIn(bytes) {
  const view = viewOf(bytes);
  let whole = 0;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    at += Math.max(8, view.getUint32(at));
    if (at > bytes.length || !['moof', 'mdat'].includes(type)) break;
    if (type === 'mdat') whole = at;
  }
  return whole;
}
