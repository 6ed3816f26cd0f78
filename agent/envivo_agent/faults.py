"""What went wrong, in words: pipeline errors sorted by whose fault they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envivo_agent.config import Config
from envivo_agent.modes import Mode
from envivo_agent.plan import DECODER, ENCODER, HEARING, MICROPHONE, SINK, SOUND, SOURCE

CAMERA, SERVER, AUDIO, ENCODING, PIPELINE = "camera", "server", "audio", "encoder", "pipeline"
KINDS = (CAMERA, SERVER, AUDIO, ENCODING, PIPELINE)


@dataclass(frozen=True)
class Fault:
    """`kind`: one of KINDS; `text`: what happened; `fix`: what to do; `stall`: something stalled; `lasting`: it
    stays until a setting or a certificate changes.
    """

    kind: str
    text: str
    fix: str = ""
    stall: bool = False
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.text}: {self.fix}" if self.fix else self.text


class CameraError(Exception):
    """`fault` says what keeps the camera from being used."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


B_FRAMES = "B-frames"
"""The agent's own text where the H.264 of an IP camera has them, which was to be passed through."""
INTERLACED, ODD_PROFILE = "fields instead of frames", "not 4:2:0 of 8 bits"
"""Likewise, where only the frames tell."""
UNANNOUNCED = "not-negotiated"
"""GStreamer's, where elements cannot take what comes."""
LAG = "the pictures wait to be decoded"
"""Likewise, where this host decodes those of an IP camera slower than they come."""
UNTRUSTED = "Unacceptable TLS certificate"
"""GLib's text for every refused certificate. Reasons, where known, follow in brackets."""
_REASONS = {
    "unknown-ca": "name the authority that signed it (root in web.tls; publish.ca of the agent), or use a public one",
    "bad-identity": "publish to a name in the certificate",
    "expired": "renew it on the server, unless the clock here is wrong",
    "not-activated": "fix the clock here or on the server",
}
"""By Gio.TlsCertificateFlags."""
FIX_PATH = "fix the path in url; the camera's manual lists its streams"
_SEE_JOURNAL = "see the agent's journal for what came before"
_ANY_REASON = "it must be valid today, have that name, and come from an authority that is trusted here"

_NO_TCP, _NO_SUCH_PROTOCOL = "{url}: no RTSP over TCP", "{host}:{port} does not speak {protocol}"
_HELD = "{url}: another publisher holds this path, or the server does not know it"
"""MediaMTX answers both with 400 over RTSP."""
_SERVER = (
    (r"unauthorized|authenticat", "{url} refuses the credentials", "use the user and password that the server expects"),
    (
        r"bad request|not configured|already publishing",
        _HELD,
        "end that publisher, or configure the path",
    ),
    (r"could not setup transport|unsupported transport", _NO_TCP, "allow tcp in rtspTransports"),
    (r"connection refused", "nothing listens at {host}:{port}", "start the server, or fix host and port"),
    (r"resolv|name or service|no such host", "the name {host} is not known", "use one that resolves on this host"),
    (r"no route|unreachable", "no route to {host}", "fix the network, or the host's name"),
    (r"time(d )?-?out", "{host}:{port} does not answer", "check the firewall and the load of that machine"),
    (
        r"parse error|short read|tls handshake",
        _NO_SUCH_PROTOCOL,
        "use the port on which the server speaks it",
    ),
    (r"could not open resource", "no connection to {host}:{port}", "start the server, or fix host and port"),
    (
        r"closed|reset by peer|broken pipe|end of file|could not (read|write)",
        "{host}:{port} ended the connection",
        "its log says why",
    ),
)
_CAMERA = (
    (
        r"no such file|no such device$|cannot identify",
        "{place} does not exist",
        "plug the camera in, or fix the name",
    ),
    (r"busy", "{place} is in use by another program", "end that program"),
    (
        r"permission denied|not permitted",
        "{place} cannot be opened: permission denied",
        "put the agent's user into group video",
    ),
    (r"no space left", "{place}: no bandwidth left on its USB bus", "use a smaller picture or another port"),
    (r"v4l2 driver|not a capture|not a video", "{place} is not a camera", "use one of /dev/v4l/by-id"),
    (r"not.negotiated", "{place} does not support {mode}", "use a format and size that it offers"),
    (r"data stream error|\(-5\)|poll error|failed to allocate", "{place} stopped", "check its cable and driver"),
)
_REFUSED = "{place} refuses the user or the password"
"""Lasting: many cameras lock a user after a few wrong tries."""
_IP_CAMERA = (
    (f"^{B_FRAMES}", "{place} sends B-frames, which browsers do not play", "switch them off in the camera's settings"),
    (r"unauthorized|\(403\)", _REFUSED, "fix user and password"),
    (r"not found", "{place}: the camera has no such stream", FIX_PATH),
    (
        r"stream ended|server closed|end of file",
        "{place} ended the stream",
        "see whether it restarts, or its settings were changed",
    ),
    (
        f"^{INTERLACED}",
        "{place} sends interlaced H.264, which browsers do not play",
        "choose a progressive picture in the camera's settings",
    ),
    (
        f"^{ODD_PROFILE}",
        "{place} sends H.264 of a profile that browsers do not play",
        "choose profile Baseline, or Main, in the camera's settings",
    ),
    (
        f"^{LAG}",
        "this host cannot decode {place} as fast as the camera sends",
        "take its smaller stream, or fewer frames a second; or choose H.264 without B-frames, which is not decoded",
    ),
    (r"time(d )?-?out", "{place} does not answer", "see whether the camera has power and network"),
    (
        r"not.linked|not.negotiated|no element|decod|wrong.type",
        "{place} does not send what it announces",
        "restart the camera",
    ),
    (r".", "{place}: no connection to the camera, or none that lasts", "see the camera and the network to it"),
)
_CLIP = (
    (
        r"no such file|could not open",
        "{place} does not exist, or may not be read",
        "put the clip there, readable by all users",
    ),
    (r".", "{place} cannot be played", "use a clip that GStreamer's installed plugins decode, such as H.264 in MP4"),
)
_LASTING = frozenset({_NO_TCP, _NO_SUCH_PROTOCOL, _REFUSED})
_AUDIO = (
    (r"no such|cannot find|not found", "the audio device {audio} does not exist", "plug it in, or fix audio.device"),
    (r"busy", "the audio device {audio} is in use by another program", "end that program"),
    (
        r"permission denied|not permitted",
        "the audio device {audio} cannot be opened: permission denied",
        "put the user into group audio",
    ),
    (r".", "the audio device {audio} stopped", "check its cable and driver"),
)
_CAMERA_SOUND = ((r".", "the camera's sound cannot be decoded", "choose G.711 or AAC in the camera's settings"),)
_OWNER = {
    SOURCE: CAMERA,
    DECODER: CAMERA,
    HEARING: AUDIO,
    SOUND: AUDIO,
    SINK: SERVER,
    MICROPHONE: AUDIO,
    ENCODER: ENCODING,
}


def _untrusted(where: str, said: str) -> Fault:
    reasons = re.findall(r"[a-z-]+", said.partition(f"{UNTRUSTED} (")[2])
    fixes = [_REASONS[reason] for reason in reasons if reason in _REASONS] or [_ANY_REASON]
    why = f" ({', '.join(reasons)})" if reasons else ""
    return Fault(SERVER, f"{where} shows a certificate that is not trusted{why}", "; ".join(fixes), lasting=True)


def classify(element: str, message: str, debug: str, config: Config, mode: Mode | None) -> Fault:
    """`element`: name of the pipeline's child that failed; `message`, `debug`: GStreamer's texts; `mode`: what was
    asked of the camera.
    """
    kind = _OWNER.get(element, PIPELINE)
    if kind == SERVER and UNTRUSTED in message:
        return _untrusted(f"{config.publish.host}:{config.publish.port}", message)
    of_source = {"file": _CLIP, "rtsp": _IP_CAMERA}.get(config.source.kind, _CAMERA)
    of_sound = _CAMERA_SOUND if config.audio.kind == "camera" else _AUDIO
    table = {CAMERA: of_source, SERVER: _SERVER, AUDIO: of_sound}.get(kind, ())
    words = {
        "url": config.publish.url,
        "protocol": config.publish.protocol.upper(),
        "host": config.publish.host,
        "port": config.publish.port,
        "place": config.source.place or "the test picture",
        "mode": mode or "what was asked",
        "audio": config.audio.device or "of the test tone",
    }
    for pattern, text, fix in table:
        if re.search(pattern, f"{message}\n{debug}", re.IGNORECASE):
            return Fault(kind, text.format(**words), fix, lasting=text in _LASTING)
    return Fault(kind, f"GStreamer's element {element} failed ({message.rstrip('.')})", _SEE_JOURNAL)


def unbuildable(message: str) -> Fault:
    """Fault of a pipeline that GStreamer does not take."""
    return Fault(PIPELINE, f"the pipeline cannot be built ({message.rstrip('.')})", _SEE_JOURNAL)


def gone(config: Config) -> Fault:
    """Fault of a source that does not exist."""
    return classify(SOURCE, "no such file", "", config, None)


def not_understood(place: str, error: Exception) -> Fault:
    """Fault of an IP camera whose answer made the agent itself fail."""
    text = f"{place} answers something that the agent cannot read ({type(error).__name__})"
    return Fault(CAMERA, text, "restart the camera, or update its firmware")
