"""The settings of all roles together, and what must hold between them."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from envivo.operations.preflight import Listener
from envivo.places import ROOT
from envivo.settings import PathName, Settings, SettingsError, findings
from roles.base.settings import Base
from roles.camera.settings import INSTANCE, Camera, instance
from roles.media.settings import Mediamtx, Web


class Environment(Settings):
    base: Base = Base()
    mediamtx: Mediamtx
    web: Web = Web()
    media_address: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]*$")] = ""
    """Where cameras on other hosts reach the media host; left out, where SSH reaches it."""
    cameras: dict[PathName, Camera] = Field(default_factory=dict)

    def listeners(self) -> list[Listener]:
        """Every port that the media role opens."""
        mediamtx = self.mediamtx
        return [
            Listener("mediamtx.rtmp_port", mediamtx.rtmp_port),
            Listener("mediamtx.rtsp_port", mediamtx.rtsp_port),
            Listener("mediamtx.webrtc.port", mediamtx.webrtc.port),
            Listener("mediamtx.webrtc.media_port", mediamtx.webrtc.media_port, ("udp", "tcp")),
            Listener("mediamtx.hls.port", mediamtx.hls.port),
            Listener("mediamtx.api_port", mediamtx.api_port),
            Listener("mediamtx.metrics_port", mediamtx.metrics_port),
            Listener("mediamtx.playback_port", mediamtx.playback_port),
            Listener("web.port", self.web.port),
        ]


def between_roles(settings: Environment) -> Iterator[str]:
    """What no role can see alone, as `path: what is wrong`."""
    seen: dict[tuple[str, int], str] = {}
    for listener in settings.listeners():
        taken = [seen[protocol, listener.port] for protocol in listener.protocols if (protocol, listener.port) in seen]
        if taken:
            yield f"{listener.setting}: port {listener.port} is already used by {taken[0]}"
        seen.update({(protocol, listener.port): listener.setting for protocol in listener.protocols})
    instances: dict[str, str] = {}
    for name in settings.cameras:
        if (other := instances.setdefault(instance(name), name)) != name:
            yield f"cameras.{name}: is called like {other} on the host, choose another name"
        if not re.fullmatch(INSTANCE, instance(name)):
            yield f"cameras.{name}: a camera's name begins with a letter or digit and has at most 63 characters"
        if name not in settings.mediamtx.paths:
            known = ", ".join(settings.mediamtx.paths)
            yield f"cameras.{name}: publishes to a path that mediamtx.paths does not list, known: {known}"
        elif settings.mediamtx.paths[name].publisher is None:
            yield f"cameras.{name}: needs mediamtx.paths.{name}.publisher to publish with"


def environment(**data: Any) -> Environment:
    """The settings of one environment, from the file that calls: group_data/ENV.py.

    Takes plain dictionaries, so that all findings are reported at once. Raises SettingsError.
    """
    file = Path(sys._getframe(1).f_code.co_filename)
    place = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
    try:
        settings = Environment.model_validate(data)
    except ValidationError as error:
        raise SettingsError(findings(place, error)) from None
    if lines := [f"{place}: {line}" for line in between_roles(settings)]:
        raise SettingsError(lines)
    return settings
