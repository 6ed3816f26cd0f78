"""Ports of a media host."""

from collections.abc import Sequence

from envivo.roles.media.settings import Media
from envivo.state.desired import Listener
from envivo.state.endpoints import HTTP, HTTPS

BOTH = ("udp", "tcp")


def listeners(media: Media) -> Sequence[Listener]:
    """Every port that the host opens. With a domain, unencrypted ones listen on 127.0.0.1 only."""
    mediamtx, web, alone, inner = media.mediamtx, media.web, media.encrypted, bool(media.web.domain)
    found = [
        Listener("mediamtx.rtmp_port", mediamtx.rtmp_port, loopback=alone),
        Listener("mediamtx.rtsp_port", mediamtx.rtsp_port, loopback=alone),
        Listener("mediamtx.webrtc.port", mediamtx.webrtc.port, loopback=inner),
        Listener("mediamtx.webrtc.media_port", mediamtx.webrtc.media_port, BOTH),
        Listener("mediamtx.hls.port", mediamtx.hls.port, loopback=inner),
        Listener("mediamtx.api_port", mediamtx.api_port, loopback=True),
        Listener("mediamtx.metrics_port", mediamtx.metrics_port, loopback=True),
        Listener("mediamtx.playback_port", mediamtx.playback_port, loopback=True),
        Listener("web.health_port", web.health_port, loopback=True),
    ]
    if media.encrypted:
        found += [
            Listener("mediamtx.rtsps_port", mediamtx.rtsps_port),
            Listener("mediamtx.rtmps_port", mediamtx.rtmps_port),
        ]
    if web.https:
        return [*found, Listener("web.domain", HTTP), Listener("web.domain", HTTPS, BOTH)]
    return [*found, Listener("web.port", web.port, loopback=web.behind_loopback)]
