"""What a reloaded configuration means for the running stream."""

from __future__ import annotations

from dataclasses import replace

from envivo_agent.config import Config

KEEP, BITRATE, RENEW = "keep", "bitrate", "renew"


def renewal(before: Config, after: Config, live: bool) -> str:
    """KEEP: the stream goes on as it is. BITRATE: the encoder needs another rate, the connection stays. RENEW: a new
    pipeline at once.

    User and password are asked for when a connection begins: a live one outlasts them, and its viewers with it; the
    next one uses the new ones. One that is refused, or waits to try again, tries them at once.
    """
    kept = replace(after, metrics_port=before.metrics_port, written=before.written)
    if live:
        publish = replace(kept.publish, user=before.publish.user, password=before.publish.password)
        kept = replace(kept, publish=publish)
    if kept == before:
        return KEEP
    if kept == replace(before, video=replace(before.video, bitrate_kbps=kept.video.bitrate_kbps)):
        return BITRATE
    return RENEW
