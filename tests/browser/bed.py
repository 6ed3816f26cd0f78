"""The page, MediaMTX and Caddy of a deploy on this machine's loopback, for streams that no camera of the lab sends."""

import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from envivo.artifacts import ARCHITECTURES, ensure
from envivo.core.paths import PROJECT
from envivo.orchestration.environment import Environment
from envivo.roles.media import desired
from envivo.state.desired import File
from tests.patience import patient, until
from tests.unit.doors.real_mediamtx import loopback_mediamtx
from tests.unit.ports import free_ports
from tests.unit.settings.environments import lab

sys.path[:0] = [str(PROJECT / "tests/bench")]
ANYBODY = {"anonymous_publishing": True, "record": False}


@dataclass(frozen=True)
class Bed:
    settings: Environment
    origin: str

    def ingest(self, path: str) -> str:
        return f"rtsp://127.0.0.1:{self.settings.mediamtx.rtsp_port}/{path}"

    def wait_for(self, path: str) -> None:
        """Until somebody publishes to the path."""
        monitor = self.settings.mediamtx.monitor
        auth = (monitor.user, monitor.password.get_secret_value())
        url = f"http://127.0.0.1:{self.settings.mediamtx.api_port}/v3/paths/get/{path}"
        found = until(
            lambda answer: answer["online"], lambda: requests.get(url, auth=auth, timeout=patient(5)).json(), 10, 0.05
        )
        assert found["online"], f"nobody publishes to {path}"


@contextmanager
def bed(directory: Path, paths: Mapping[str, Any], **web: Any) -> Iterator[Bed]:
    """`paths`, `web`: as in group data; all ports are free ones."""
    from image_program import image_program
    from loopback_caddy import loopback_caddy

    names = ("rtsp_port", "rtmp_port", "api_port", "metrics_port", "playback_port")
    *ports, page, health, webrtc, media, hls = free_ports(len(names) + 5)
    settings = lab(
        web={"port": page, "health_port": health, **web},
        mediamtx={
            "paths": dict(paths),
            "webrtc": {"port": webrtc, "media_port": media},
            "hls": {"port": hls},
            **dict(zip(names, ports, strict=True)),
        },
    )
    for file in desired.page(ensure(ARCHITECTURES[platform.machine()]).hls_js):
        if isinstance(file, File):
            served = directory / "srv/web" / Path(file.path).relative_to(desired.PLAYER)
            served.parent.mkdir(parents=True, exist_ok=True)
            served.write_bytes(file.content)
    with (
        loopback_mediamtx(settings, directory, image_program("mediamtx", directory)),
        loopback_caddy(settings, directory, image_program("caddy", directory)) as caddy,
    ):
        yield Bed(settings, caddy.origin)
