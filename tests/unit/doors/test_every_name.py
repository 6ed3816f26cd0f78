"""Each name of a path that the settings accept works everywhere, with a real MediaMTX behind a real Caddy."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import av
import pytest
import requests

from envivo.core.errors import SettingsError
from envivo.orchestration.environment import Environment, environment
from envivo.probes import ProbeError, hls, whep
from tests.patience import patient, until
from tests.unit.doors.doors import basic, person, right
from tests.unit.doors.real_mediamtx import HOST, loopback_mediamtx, rtsp
from tests.unit.ports import free_ports
from tests.unit.probes.videos import fmp4
from tests.unit.settings.environments import LAB, PASSWORD

UUIDS = (
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
    "3f2504e04f8941d39a0c0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c330", "00000000-0000-0000-0000-000000000000",
    f"3f2504e0{'-' * 28}", "3f2504e0-4f89-41d3-9a0c-0305e82c3301x", "ffffffff-0-1",
)  # fmt: skip
LEVELS = (
    "live", "webcam", "a", "A", "0", "-", "_", "--", "x.", "a..b", "1e3", "null", "yes", "import", "any",
    "whep", "whip", "WHEP", "whepx", "index.m3u8", "x.m3u8", "seg.mp4", "x.ts", "init.mp", "hls.min.js", "favicon.ico",
    "web", "hls", "webrtc", "recordings", "api", "paths", "inside", "time", "healthz", "get", "list", "v3", "config",
    "publish", "all", "all_others", "stats", "4", "mp4", ".mp4", "p4", "x.mp4", "index.html", "index.txt", "trackID",
    "2026-11-30_10-00-00-000000Z.mp4", "n" * 120, "cookieCheck", "stream.m3u8", "envivo", "reader.js", *UUIDS,
)  # fmt: skip
NAMED = (
    f"live/{UUIDS[0]}", *UUIDS, *(f"live/{one}" for one in UUIDS[1:]), f"{UUIDS[0]}/live", "live", "live/webcam",
    "live/webcam/deep/er", "whep", "whep/x", "x/whep", "whip/whip", "x/index.m3u8", "x.m3u8", "seg.mp4/x", "web", "hls",
    "recordings", "api/paths", "inside/x", "all", "all_others", "all/x", "x/all_others", "n" * 255,
    f"{'n' * 127}/{'m' * 127}",
)  # fmt: skip
"""Names to begin with; the first is one that was accepted once, and then answered 404 over WebRTC."""
TOGETHER = 32
"""Paths of one MediaMTX."""


def drawn(draw: Random) -> Iterator[str]:
    while True:
        yield "/".join(draw.choices(LEVELS, k=draw.choice((1, 1, 2, 2, 2, 3))))


def settings(names: Mapping[str, str]) -> Environment:
    """`names`: path -> its only viewer; all of them are published to by one user."""
    page, health, rtsp_port, rtmp, api, metrics, playback, webrtc, media, hls_port = free_ports(10)
    path = {"publisher": {"user": "camera", "password": PASSWORD}}
    return environment(
        web={"port": page, "health_port": health},
        mediamtx={
            "monitor": LAB["mediamtx"]["monitor"],
            "rtsp_port": rtsp_port, "rtmp_port": rtmp, "api_port": api, "metrics_port": metrics,
            "playback_port": playback, "webrtc": {"port": webrtc, "media_port": media}, "hls": {"port": hls_port},
            "paths": {name: {**path, "viewers": [person(viewer)]} for name, viewer in names.items()},
        },
    ).read()  # fmt: skip


def refusal(name: str, beside: Sequence[str] = ()) -> str:
    """Empty for a name that is accepted, next to paths that are."""
    try:
        settings(dict.fromkeys((*beside, name), "viewer"))
    except SettingsError as error:
        (problem,) = error.problems
        return str(problem.of(""))
    return ""


def accepted(names: Iterator[str]) -> Iterator[str]:
    """Names of one MediaMTX: those that differ from each other only in case are refused."""
    taken: list[str] = []
    for name in names:
        if name not in taken and not refusal(name, taken):
            taken.append(name)
            yield name


class Broadcast(threading.Thread):
    """Publishes one picture after the other to several paths, over RTSP."""

    def __init__(self, its: Environment, video: Path) -> None:
        super().__init__(daemon=True)
        self.ended, self._video = threading.Event(), video
        server = f"rtsp://camera:{PASSWORD}@{HOST}:{its.mediamtx.rtsp_port}"
        self._targets = [f"{server}/{name}" for name in its.mediamtx.paths]
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self._publish()
        except BaseException as error:  # noqa: BLE001 - the test raises it
            self.failed = error

    def _publish(self) -> None:
        with ExitStack() as stack:
            source = stack.enter_context(av.open(str(self._video)))
            outputs = []
            for target in self._targets:
                options = {"rtsp_transport": "tcp"}
                out = stack.enter_context(av.open(target, "w", format="rtsp", options=options))
                outputs.append((out, out.add_stream_from_template(source.streams.video[0])))
            began, offset = time.monotonic(), 0
            while not self.ended.is_set():
                source.seek(0)
                for packet in source.demux(source.streams.video[0]):
                    if packet.dts is None or self.ended.is_set():
                        continue
                    dts = packet.dts + offset
                    self.ended.wait(max(0, began + float(dts * packet.time_base) - time.monotonic()))
                    for out, stream in outputs:
                        copy = av.Packet(bytes(packet))
                        copy.pts = copy.dts = dts
                        copy.time_base, copy.is_keyframe, copy.stream = packet.time_base, packet.is_keyframe, stream
                        out.mux(copy)
                offset += source.streams.video[0].duration or 0


@dataclass(frozen=True)
class Stack:
    its: Environment
    origin: str
    recordings: Path
    viewers: Mapping[str, str]

    def viewer(self, name: str) -> dict[str, str]:
        return {"Authorization": right(self.viewers[name])}

    def stranger(self, name: str) -> dict[str, str]:
        """Who may watch another path, if there is one."""
        others = [user for path, user in self.viewers.items() if path != name]
        return {"Authorization": right(next(iter(others), "stranger"))}

    def ask(self, url: str, headers: Mapping[str, str], method: str = "GET", **more: Any) -> requests.Response:
        return requests.request(method, self.origin + url, headers=headers, timeout=patient(20), **more)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("video") / "video.mp4"
    file.write_bytes(fmp4(seconds=2, bitrate="100k"))
    return file


Check = Callable[[Stack, str], Iterator[tuple[str, object, object]]]
"""What is looked at, what came of it, what should have."""


def over_whep(stack: Stack, name: str) -> Iterator[tuple[str, object, object]]:
    address = f"{stack.origin}/webrtc/whep/{quote(name)}"
    with whep.session(address, stack.viewer(name)) as begun:
        yield "WHEP's Location", whep.belongs(begun.url, address), True
        yield "WHEP", (begun.patch(), begun.delete(), begun.delete()), (204, 200, 404)


def over_hls(stack: Stack, name: str) -> Iterator[tuple[str, object, object]]:
    played = hls.play(f"{stack.origin}/hls/{quote(name)}/index.m3u8", patient(15), stack.viewer(name))
    yield "pictures over HLS", all(played.pictures) and len(played.pictures) > 1, True


def over_rtmp_and_rtsp(stack: Stack, name: str) -> Iterator[tuple[str, object, object]]:
    user = stack.viewers[name]
    rtmp = f"rtmp://{HOST}:{stack.its.mediamtx.rtmp_port}/{name}?user={user}&pass={PASSWORD}-{user}"
    with av.open(rtmp, timeout=patient(15)) as container:
        yield "RTMP", next(container.decode(video=0)).width > 0, True
    yield "RTSP", rtsp(stack.its, name, stack.viewer(name)["Authorization"]), 200


def listed(stack: Stack, name: str) -> Iterator[tuple[str, object, object]]:
    yield "live", stack.ask(f"/api/paths/{quote(name)}", stack.viewer(name)).json().get("live"), True
    answer = stack.ask(f"/recordings/{quote(name)}/", {**stack.viewer(name), "Accept": "application/json"})
    here = sorted(file.name for file in (stack.recordings / name).glob("*.mp4") if file.is_file())
    yield "recordings listed", [file["name"] for file in answer.json() or []], here
    for file in here:
        url = f"/recordings/{quote(name)}/{quote(file)}"
        head = stack.ask(url, {**stack.viewer(name), "Range": "bytes=4-7"})
        yield "download", (head.status_code, head.content), (206, b"ftyp")
        yield "download by a stranger", stack.ask(url, stack.stranger(name)).status_code, 401


def guarded_whep(stack: Stack, name: str) -> Iterator[tuple[str, object, object]]:
    for way in ("whep", "whip"):
        headers = {**stack.stranger(name), "Content-Type": "application/sdp"}
        answer = stack.ask(f"/webrtc/{way}/{quote(name)}", headers, "POST", data=whep.offer())
        yield f"{way} of a stranger", answer.status_code, 401


def guarded(stack: Stack, name: str) -> Iterator[tuple[str, object, object]]:
    for url in ("/recordings/{}/", "/api/paths/{}", "/hls/{}/index.m3u8"):
        for who, headers in (("nobody", {}), ("a stranger", stack.stranger(name))):
            yield f"{url} of {who}", stack.ask(url.format(quote(name)), headers).status_code, 401


def guarded_rtsp(stack: Stack, name: str) -> Iterator[tuple[str, object, object]]:
    yield "RTSP of a stranger", rtsp(stack.its, name, stack.stranger(name)["Authorization"]), 401


CHECKS: Sequence[Check] = (over_whep, over_hls, over_rtmp_and_rtsp, listed, guarded_whep, guarded, guarded_rtsp)


def wrong(stack: Stack, name: str, check: Check) -> list[str]:
    try:
        return [
            f"{name}: {what}: {is_} instead of {should}" for what, is_, should in check(stack, name) if is_ != should
        ]
    except (ProbeError, requests.RequestException, OSError, av.FFmpegError) as error:
        return [f"{name}: {check.__name__}: {error!r}"]


def assert_all_works(names: list[str], directory: Path, programs: tuple[Path, Path], video: Path) -> None:
    from loopback_caddy import loopback_caddy

    mediamtx, caddy_program = programs
    viewers = {name: f"viewer{number}" for number, name in enumerate(names)}
    its, root = settings(viewers), directory / "srv"
    root.mkdir(parents=True)
    with (
        loopback_mediamtx(its, root, mediamtx),
        loopback_caddy(its, directory, caddy_program) as caddy,
        ThreadPoolExecutor(3 * TOGETHER) as pool,
    ):
        # nobody publishes yet: over WHIP somebody may, at the path's own address
        for name in names:
            camera = {"Authorization": basic("camera", PASSWORD), "Content-Type": "application/sdp"}
            address = f"{caddy.origin}/webrtc/whip/{quote(name)}"
            with_video = whep.offer().replace("a=recvonly", "a=sendonly")
            begun = requests.post(address, data=with_video, headers=camera, timeout=patient(20))
            assert begun.status_code == 201, (name, begun.status_code, begun.text)
            session = begun.headers["Location"]
            assert session.startswith(f"/webrtc/whip/{name}/"), (name, session)
            assert requests.delete(caddy.origin + session, timeout=patient(20)).status_code == 200, name
        broadcast = Broadcast(its, video)
        broadcast.start()
        try:
            stack = Stack(its, caddy.origin, caddy.root / "recordings", viewers)

            def recorded() -> bool:
                files = [list((stack.recordings / name).glob("*.mp4")) for name in names]
                return broadcast.failed is not None or all(
                    any(file.is_file() and file.stat().st_size for file in found) for found in files
                )

            assert until(bool, recorded, 20, 0.1), "recorded"
            assert broadcast.failed is None, broadcast.failed
            jobs = [pool.submit(wrong, stack, name, check) for check in CHECKS for name in names]
            assert [sentence for job in jobs for sentence in job.result()] == []
        finally:
            broadcast.ended.set()
            broadcast.join(patient(20))


def test_names_are_refused_for_a_reason_or_work_everywhere(
    tmp_path: Path, mediamtx_program: Path, caddy_program: Path, video: Path
) -> None:
    """Those that a session's address, a playlist, a route or a file may be taken for."""
    assert_all_works(list(accepted(iter(NAMED))), tmp_path / "stack", (mediamtx_program, caddy_program), video)


@pytest.mark.proof
@pytest.mark.parametrize("number", range(6))
def test_any_names_are_refused_for_a_reason_or_work_everywhere(
    tmp_path: Path, mediamtx_program: Path, caddy_program: Path, video: Path, number: int
) -> None:
    names = list(islice(accepted(drawn(Random(number))), TOGETHER))  # noqa: S311 - the same ones each time
    assert_all_works(names, tmp_path / "stack", (mediamtx_program, caddy_program), video)


REASONS = {
    f"live/{UUIDS[0]}": "these are session addresses",
    f"live/{UUIDS[4]}": "these are session addresses",
    f"live/{UUIDS[5]}": "these are session addresses",
    "x/whep": "these are session addresses",
    "live/.x": "Caddy hides such recordings",
    "all_others": "is MediaMTX's wildcard: list each path by its name",
    "n" * 256: "has at most 255 characters",
    "%2e": "has only letters, digits and _ - . /",
    "~all": "has only letters, digits and _ - . /",
    "live/..": "may be empty, . or ..",
}


@pytest.mark.parametrize("name", REASONS)
def test_name_that_cannot_work_is_refused_with_the_reason(name: str) -> None:
    said = refusal(name)
    assert REASONS[name] in said and "mediamtx.paths." in said, json.dumps(said)
