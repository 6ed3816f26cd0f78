"""The origin of loss.py: MediaMTX, Caddy with the page, and the agent, in the network of the program that calls it."""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml
from agent_bench import AGENT, OPUS, TEST_PICTURE, VIDEO, agent_environ, printed_pipeline, running
from image_program import image_program
from loopback_caddy import loopback_caddy

from envivo.artifacts import CACHE
from envivo.core.errors import EnvivoError
from envivo.core.polling import until
from envivo.orchestration.environment import Environment, environment
from envivo.roles.media import served

NOISY = Path(__file__).with_name("noisy_agent.py")
NAME = "webcam"
PAGE_PORT, WHEP_PORT, HLS_PORT, RTSP_PORT, API_PORT, MEDIA_PORT = 8080, 8889, 8888, 8554, 9997, 8189
WITHIN_S = 60
_HOST = "127.0.0.1"
_SERVER = {
    "api": True,
    "apiAddress": f"{_HOST}:{API_PORT}",
    "rtspTransports": ["tcp"],
    "rtspAddress": f"{_HOST}:{RTSP_PORT}",
    "webrtcAddress": f":{WHEP_PORT}",
    "webrtcLocalUDPAddress": f":{MEDIA_PORT}",
    "webrtcLocalTCPAddress": f":{MEDIA_PORT}",
    "hlsAddress": f"{_HOST}:{HLS_PORT}",
    "hlsVariant": "lowLatency",
    "hlsAlwaysRemux": True,
    **dict.fromkeys(("rtmp", "srt", "moq"), False),
    "paths": {"all_others": {}},
}


def _library() -> bytes:
    (file,) = (CACHE / "hls_js-1.7.4").glob("hls.min.js")
    return file.read_bytes()


Files = Iterable[tuple[Path, bytes]]


def serve(root: Path, files: Files) -> None:
    """The page as Caddy finds it, with hls.js."""
    for path, content in (*files, (Path("vendor/hls.min.js"), _library())):
        file = root / "web" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def of_page(**web: Any) -> Environment:
    """Settings with a path that anybody may publish to. `web`: as in group data."""
    monitor = {"user": "monitor", "password": secrets.token_urlsafe(32)}
    paths = {NAME: {"anonymous_publishing": True}}
    return environment(mediamtx={"monitor": monitor, "paths": paths}, web=web).read()


@contextmanager
def stream(directory: Path) -> Iterator[None]:
    """640x360, 30 frames and 2500 kbit a second, with sound; returns once HLS can be played as well."""
    server = directory / "mediamtx.yml"
    server.write_text(yaml.safe_dump(_SERVER))
    publish = {"protocol": "rtsp", "host": _HOST, "port": RTSP_PORT, "path": NAME, "ca": ""}
    video = {**VIDEO, "width": 640, "height": 360}
    document = {"name": NAME, "source": TEST_PICTURE, "audio": OPUS, "video": video, "publish": publish}
    camera = directory / "camera.json"
    camera.write_text(json.dumps({**document, "metrics_port": 0}))
    printed_pipeline(camera, directory)
    with (
        running([str(image_program("mediamtx", directory)), str(server)], directory / "mediamtx.log"),
        loopback_caddy(of_page(), directory / "web", image_program("caddy", directory)) as caddy,
        running([*AGENT[:3], str(NOISY), str(camera)], directory / "agent.log", agent_environ(directory)),
    ):
        serve(caddy.root, served.files())
        if not until(bool, _plays, WITHIN_S, 0.5):
            raise EnvivoError(NAME, f"is not there within {WITHIN_S} s", (directory / "agent.log").read_text()[-2000:])
        yield


def _plays() -> bool:
    try:
        return requests.get(f"http://{_HOST}:{PAGE_PORT}/hls/{NAME}/index.m3u8", timeout=10).ok
    except requests.ConnectionError:
        return False
