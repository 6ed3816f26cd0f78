// What this browser can play, asked of the browser and never of its name.

/** What there is to ask, so that tests can say what a browser would answer. */
export function capabilitiesOf(scope = globalThis, probe = scope.document?.createElement('video')) {
  const source = scope.ManagedMediaSource ?? scope.MediaSource;
  const can = (type) => Boolean(source?.isTypeSupported?.(type));
  const h264 = scope.RTCRtpReceiver?.getCapabilities?.('video')?.codecs.some(({mimeType}) => /h264/i.test(mimeType));
  return {
    // no list of codecs: an old browser, which is asked by trying
    webrtc: Boolean(scope.RTCPeerConnection) && h264 !== false,
    mediaSource: can('video/mp4; codecs="avc1.42c01e"'),
    // Safari before 18.4 has no Opus in fMP4
    opus: can('audio/mp4; codecs="opus"'),
    nativeHls: Boolean(probe?.canPlayType?.('application/vnd.apple.mpegurl')),
  };
}

/** How HLS is played: by hls.js, which knows low latency, else by the browser itself (iPhone before iOS 17.1), else not. */
export function hlsBy({mediaSource, nativeHls}) {
  if (mediaSource) return 'hls.js';
  return nativeHls ? 'browser' : null;
}
