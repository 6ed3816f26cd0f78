"""HLS as a viewer plays it, from the multivariant playlist to decoded segments (RFC 8216bis, LL-HLS)."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import requests

from envivo.core.polling import until
from envivo.probes import ProbeError, web


@dataclass(frozen=True)
class Played:
    part_target: float | None
    """Seconds; None where the playlist has no parts (not low latency)."""
    pictures: tuple[int, ...]
    """Number of pictures decoded from the newest segment, and from a later one."""


@dataclass(frozen=True)
class MediaPlaylist:
    part_target: float | None
    initialization: str
    """URI, empty for MPEG-TS."""
    segments: tuple[str, ...]
    """URIs, oldest first, without gaps."""


def play(index: str, within_s: float, headers: Mapping[str, str] | None = None) -> Played:
    """Fetches the newest segment and the next one to come, and decodes them. Raises ProbeError.

    `headers` name the viewer, where viewers are named.
    """
    viewer = requests.Session()
    viewer.headers.update(headers or {})
    # until the first segment is complete there is no playlist
    first = until(lambda answer: answer.status_code != 404, lambda: web.ask("GET", index, viewer), within_s)
    if first.status_code != 200:
        raise web.refused(first)
    media = urljoin(first.url, variant(first.text))

    def now() -> MediaPlaylist:
        answer = web.ask("GET", media, viewer)
        if answer.status_code == 401:  # docs/notes/mediamtx.md#hls-sessions
            raise ProbeError("the server ended the session: its publisher has disconnected")
        if answer.status_code != 200:
            raise web.refused(answer)
        return media_playlist(answer.text)

    early = until(lambda playlist: bool(playlist.segments), now, within_s)
    late = until(lambda playlist: playlist.segments[-1:] != early.segments[-1:], now, within_s)
    fetched = dict.fromkeys((*early.segments[-1:], *late.segments[-1:]))
    head = web.content(urljoin(media, late.initialization), viewer) if late.initialization else b""
    pictures = tuple(decoded(head + web.content(urljoin(media, uri), viewer)) for uri in fetched)
    return Played(late.part_target, pictures)


def variant(multivariant: str) -> str:
    """The URI of the first rendition of a multivariant playlist. Raises ProbeError."""
    uris = [line for line in multivariant.splitlines() if line and not line.startswith("#")]
    if not multivariant.startswith("#EXTM3U") or not uris:
        raise ProbeError(f"not a multivariant playlist: {multivariant[:60]!r}")
    return uris[0]


def media_playlist(text: str) -> MediaPlaylist:
    """Raises ProbeError."""
    if not text.startswith("#EXTM3U"):
        raise ProbeError(f"not a playlist: {text[:60]!r}")
    target = re.search(r"^#EXT-X-PART-INF:.*\bPART-TARGET=([\d.]+)", text, re.MULTILINE)
    initialization = re.search(r'^#EXT-X-MAP:.*\bURI="([^"]+)"', text, re.MULTILINE)
    segments, gap = [], False
    for line in text.splitlines():
        if line.startswith("#EXT-X-GAP"):
            gap = True
        elif line and not line.startswith("#"):
            if not gap:
                segments.append(line)
            gap = False
    return MediaPlaylist(
        float(target[1]) if target else None, initialization[1] if initialization else "", tuple(segments)
    )


def decoded(video: bytes) -> int:
    """How many pictures a piece of fMP4 or MPEG-TS holds. Raises ProbeError where they cannot be decoded."""
    import av

    if not video:
        return 0
    try:
        with av.open(io.BytesIO(video), "r") as container:
            return len(list(container.decode(container.streams.video[0])))
    except (av.FFmpegError, IndexError) as error:
        raise ProbeError(f"does not decode ({error})") from None
