// Takes what was played out of the buffers of hls.js, which does it at a bad moment: where a removal ends while a part is
// being appended, hls.js 1.7 forgets the parts of that segment, waits for them, and the picture stands for 2 s.

const KEPT_S = 30;
const EVERY_S = 30;

/** Follows `hls` for as long as it plays; its own trimming has to be switched off (backBufferLength). */
export function trimPlayed(hls, Hls, video) {
  const newest = {}; // per buffer: the last part in the playlist
  const trimmed = {}; // per buffer: s, up to where
  const remember = (type, details) => {
    newest[type] = details.partList?.at(-1);
  };
  hls.on(Hls.Events.LEVEL_LOADED, (_, {details}) => remember('video', details));
  hls.on(Hls.Events.AUDIO_TRACK_LOADED, (_, {details}) => remember('audio', details));
  hls.on(Hls.Events.FRAG_BUFFERED, (_, {frag, part}) => {
    const type = frag.type === 'audio' ? 'audio' : 'video';
    const last = newest[type];
    // after the last part that there is, the next one is some 150 ms away
    if (part && (frag.sn !== last?.fragment.sn || part.index !== last.index)) return;
    const end = video.currentTime - KEPT_S;
    if (end < (trimmed[type] ?? 0) + EVERY_S) return;
    trimmed[type] = end;
    hls.trigger(Hls.Events.BUFFER_FLUSHING, {startOffset: 0, endOffset: end, type});
  });
}
