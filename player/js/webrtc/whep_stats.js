// The numbers of a WebRTC session that mean something to a person. Pure: takes an RTCStatsReport.

/** @returns plain numbers; times in milliseconds, undefined what the browser does not say */
export function summarise(report, connection) {
  const all = [...report.values()];
  const byId = (id) => all.find((entry) => entry.id === id);
  const inbound = (kind) => all.find((entry) => entry.type === 'inbound-rtp' && entry.kind === kind);
  const pair = pairOf(all, byId);
  const local = byId(pair?.localCandidateId);
  const video = inbound('video') ?? {};
  const audio = inbound('audio');
  return {
    protocol: 'webrtc',
    connection,
    transport: local && transportOf(local),
    relayProtocol: local?.relayProtocol, // between viewer and relay: udp, tcp or tls
    pair: local && `${candidate(local)} -> ${candidate(byId(pair.remoteCandidateId))}`,
    roundTripMs: milliseconds(pair?.currentRoundTripTime),
    framesDecoded: video.framesDecoded ?? 0,
    framesPerSecond: video.framesPerSecond,
    width: video.frameWidth,
    height: video.frameHeight,
    bytesReceived: video.bytesReceived,
    packetsReceived: video.packetsReceived,
    packetsLost: video.packetsLost,
    repairs: video.nackCount, // packets that were asked for again
    freezes: video.freezeCount,
    jitterBufferDelay: video.jitterBufferDelay, // these four in seconds and counts, for differences
    jitterBufferEmitted: video.jitterBufferEmittedCount,
    decodeTime: video.totalDecodeTime,
    activity: activity(all, pair),
    codec: byId(video.codecId)?.mimeType,
    jitterBufferMs: milliseconds(video.jitterBufferDelay / video.jitterBufferEmittedCount),
    // AAC has no way into WebRTC: the answer then has an audio track all the same, on which nothing arrives
    sound: (audio?.packetsReceived ?? 0) > 0,
    soundPackets: audio?.packetsReceived ?? 0,
  };
}

/** The pair in use. Firefox before 153 has no `transport`, and marks the pair itself. */
function pairOf(all, byId) {
  const pairs = all.filter(({type}) => type === 'candidate-pair');
  return (
    byId(all.find(({type}) => type === 'transport')?.selectedCandidatePairId) ??
    pairs.find(({selected}) => selected) ??
    pairs.find(({nominated, state}) => nominated && state === 'succeeded')
  );
}

/**
 * Grows with anything that comes from the server: media, reports, checks of ICE. Undefined where this browser counts
 * nothing that comes without media: silence and a frozen picture look the same.
 */
function activity(entries, pair) {
  const checks = [pair?.responsesReceived, pair?.requestsReceived].filter(Number.isFinite);
  const bytes = entries.filter(({type}) => type === 'transport').map(({bytesReceived}) => bytesReceived);
  const heard = [...checks, ...bytes].filter(Number.isFinite);
  const sum = heard.reduce((total, part) => total + part, 0);
  return sum ? sum + (pair?.bytesReceived ?? 0) : undefined;
}

const milliseconds = (seconds) => (Number.isFinite(seconds) ? Math.round(seconds * 1000) : undefined);

const transportOf = ({candidateType, protocol}) => (candidateType === 'relay' ? 'relay' : protocol);

function candidate(entry) {
  if (!entry) return '?';
  return [entry.candidateType, entry.protocol, entry.relayProtocol, `${entry.address || '*'}:${entry.port}`]
    .filter(Boolean)
    .join(' ');
}
