"""Watching a path: the pages, and people's own players."""

from collections.abc import Iterator
from shlex import quote

from envivo.clients import AUTHORITIES, GENERIC_ERROR, UNVERIFIED, Row, fields
from envivo.clients.way import Login, Way

FRAME_MAY = "autoplay; fullscreen; picture-in-picture; clipboard-write"
"""What a page of another origin does in an <iframe> only if that says so."""


def frame(page: str) -> str:
    """HTML that shows the player in a page of another site; the style makes it as wide as its place."""
    return (
        f'<iframe src="{page}&amp;embed=1"\n allow="{FRAME_MAY}"\n'
        ' style="width: 100%; aspect-ratio: 16/9; border: 0"></iframe>'
    )


def watching(way: Way) -> Iterator[Row]:
    def row(program: str, line: str, *notes: str) -> Row:
        return Row(way.path, "watch", program, line, notes)

    page, recordings = (f"{way.web}/web/{name}.html?path={way.path}" for name in ("player", "recordings"))
    files = f"{way.web}/recordings/{way.path}/"
    yield row("browser", fields(WebRTC=page, HLS=page.replace("player", "hls"), **_asked(way.viewer)))
    if way.embedding:
        yield row("page of another site", frame(page), f"on pages of {', '.join(way.embedding)} alone (web.origins)")
    yield row("browser, recordings", fields(Page=recordings, Files=files, **_asked(way.recordings)))
    rtsp = quote(way.rtsp_as(way.viewer))
    unverified = [UNVERIFIED] if way.encrypted else []
    yield row("mpv", f"mpv --profile=low-latency --rtsp-transport=tcp {rtsp}", "0.3 s behind", *unverified)
    yield row(
        "ffplay", f"ffplay -fflags nobuffer -flags low_delay -rtsp_transport tcp {rtsp}", "0.3 s behind", *unverified
    )
    if way.encrypted:
        verified = f"--tls-verify=yes --tls-ca-file={AUTHORITIES}"
        yield row("mpv, HLS", f"mpv {verified} {quote(way.hls)}", "4 s behind; verifies the certificate")
    # sound ends in a sink as well: a track that is not linked ends rtspsrc now and then, before the picture comes
    yield row(
        "GStreamer",
        f"gst-launch-1.0 rtspsrc name=r protocols=tcp latency=100 location={rtsp}"
        " r. ! rtph264depay ! decodebin ! videoconvert ! autovideosink"
        " r. ! application/x-rtp,media=audio ! fakesink async=false",
        "picture only",
        *([GENERIC_ERROR] if way.encrypted else []),
    )
    yield row("GStreamer, HLS", f"gst-launch-1.0 playbin3 uri={quote(way.hls)}", "not playbin, which draws nothing")
    yield row("VLC", f"vlc {quote(way.hls)}", "8 s behind; Debian's VLC has no RTSP")
    yield row(
        "VLC, RTMP", f"vlc {quote(way.rtmp_as(way.viewer))}", "no sound unless the publisher sends AAC", *unverified
    )


def _asked(login: Login) -> dict[str, str]:
    return {"User": login.user, "Password": login.password}
