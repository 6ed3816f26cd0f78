// Playlists for a browser that plays no Opus in fMP4 (Safari before 18.4).

/**
 * A multivariant playlist without its Opus sound, for a browser that would refuse the whole of it: silent pictures are
 * better than none. MediaMTX names the sound in CODECS, and as a rendition of its own.
 */
export function withoutOpus(playlist) {
  if (!/opus/i.test(playlist)) return playlist;
  const others = (codecs) =>
    codecs
      .split(',')
      .filter((codec) => codec.trim().toLowerCase() !== 'opus')
      .join(',');
  return playlist
    .split('\n')
    .filter((line) => !/^#EXT-X-MEDIA:.*TYPE="?AUDIO\b/.test(line))
    .map((line) =>
      line.startsWith('#EXT-X-STREAM-INF')
        ? line.replace(/CODECS="([^"]*)"/, (_, codecs) => `CODECS="${others(codecs)}"`).replace(/,AUDIO="[^"]*"/, '')
        : line,
    )
    .join('\n');
}

/** A loader of playlists that does not hear of Opus. */
export function loaderWithoutOpus(Loader) {
  return class extends Loader {
    load(context, config, callbacks) {
      const onSuccess = (response, ...more) => {
        if (context.type === 'manifest') response.data = withoutOpus(response.data);
        callbacks.onSuccess(response, ...more);
      };
      super.load(context, config, {...callbacks, onSuccess});
    }
  };
}
