"""What went wrong, in words: pipeline errors sorted by whose fault they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envivo_agent.config import Config
from envivo_agent.plan import DECODER, SINK, SOURCE, camera_format

CAMERA, SERVER, PIPELINE = "camera", "server", "pipeline"


@dataclass(frozen=True)
class Fault:
    """`kind` is CAMERA, SERVER or PIPELINE; `text` says what happened, `fix` what would be right."""

    kind: str
    text: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.text}: {self.fix}" if self.fix else self.text


_SERVER = (
    (r"unauthorized|401|authenticat", "{url} refuses the credentials", "user and password as the server has them"),
    (r"bad request|400|not configured", "{url}: the server does not accept this path", "a path that it has configured"),
    (r"461|could not setup transport", "{url}: the server does not take RTSP over TCP", "allow tcp in rtspTransports"),
    (r"connection refused", "nothing listens at {host}:{port}", "a running server there"),
    (r"resolv|name or service|no such host", "the name {host} is not known", "a name that resolves on this host"),
    (r"no route|unreachable", "no way to {host}", "a network that reaches it"),
    (r"timed? ?out|timeout", "{host}:{port} does not answer", "a server that answers within seconds"),
    (r"closed|reset by peer|broken pipe|eof|end of", "{host}:{port} ended the connection", ""),
    (r"could not open resource", "{host}:{port} does not take the connection", "a running server there"),
)
_CAMERA = (
    (r"cannot identify device|no such file|no such device", "{device} is not there", "plug the camera in"),
    (r"busy", "{device} is in use by another program", "end that program"),
    (r"permission denied", "{device} may not be opened", "the agent's user in group video"),
    (r"no space left", "{device}: the USB bus has no bandwidth left", "a smaller picture or another USB port"),
    (r"not-negotiated|not negotiated", "{device} gives no {format} of {width}x{height}", "a size and format it offers"),
    (r"internal data stream error|\(-5\)|poll error|failed to allocate", "{device} stopped", ""),
)


def classify(element: str, message: str, debug: str, config: Config) -> Fault:
    """`element` is the name of the pipeline's child the error comes from; message and debug as GStreamer gave them."""
    kind = {SOURCE: CAMERA, DECODER: CAMERA, SINK: SERVER}.get(element, PIPELINE)
    table = {CAMERA: _CAMERA, SERVER: _SERVER}.get(kind, ())
    words = {
        "url": config.publish.url,
        "host": config.publish.host,
        "port": config.publish.port,
        "device": config.source.device or "the test picture",
        "format": camera_format(config.source, config.video),
        "width": config.video.width,
        "height": config.video.height,
    }
    for pattern, text, fix in table:
        if re.search(pattern, f"{message}\n{debug}", re.IGNORECASE):
            return Fault(kind, text.format(**words), fix)
    return Fault(kind, f"{element}: {message}")
