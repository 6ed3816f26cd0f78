"""What is made of the cameras that a host found: which stream to take, names, entries for the settings, findings."""

import io
import json
import zipfile
from typing import Any

import pytest
from pydantic import SecretStr

from envivo.remote import CommandResult
from envivo.roles.camera import discover
from envivo.roles.camera.discover import Discovered, Discovery, Stream
from envivo.roles.camera.settings import Camera
from envivo.verify.findings import Finding

URL = "rtsp://192.168.1.20:554/live"
PASSWORD = "canary-\u00e9'\"$(id)"


def stream(codec: str, width: int, height: int, url: str = URL, problem: str = "") -> Stream:
    return Stream(name="x", codec=codec, width=width, height=height, fps=25.0, kbps=0, url=url, problem=problem)


def camera(*streams: Stream, address: str = "192.168.1.20", kind: Any = "", problem: str = "") -> Discovered:
    more = {"name": "x", "model": "", "service": "", "fix": "do it"}
    return Discovered(address=address, kind=kind, problem=problem, streams=streams, **more)


@pytest.mark.parametrize(
    ("streams", "chosen"),
    [
        ([], None),
        ([("H264", 2560, 1440), ("H264", 640, 360), ("H264", 1280, 720)], 2),
        ([("H264", 2560, 1440), ("H264", 3840, 2160)], 0),
        ([("H264", 1920, 1080), ("JPEG", 640, 480)], 0),
        ([("JPEG", 640, 480), ("H264", 3840, 2160)], 1),
        ([("H264", 0, 0), ("H264", 640, 360)], 1),
        ([("JPEG", 640, 480)], 0),
        ([("H264", 640, 480, "rtsp://192.0.2.1/x", "another host"), ("JPEG", 64, 48)], 1),
        ([("H264", 640, 480, "", "not asked")], None),
        ([("H264", 640, 480, "rtsp://192.168.1.20/x?token=1")], None),
        ([("H264", 640, 480, "rtsp://a:b@192.168.1.20/x")], None),
        ([("H264", 640, 480, "https://192.168.1.20/x")], None),
    ],
)
def test_h264_of_moderate_size_is_proposed(streams: list[Any], chosen: int | None) -> None:
    found = [stream(*each) for each in streams]
    assert camera(*found).best is (None if chosen is None else found[chosen])


def test_names_are_new() -> None:
    addresses = ("192.168.1.20", "192.168.2.20", "192.168.1.21", "192.168.1.20")
    assert discover.names([camera(address=each) for each in addresses], {"cam21"}) == {
        "192.168.1.20": "cam20",
        "192.168.2.20": "cam-192-168-2-20",
        "192.168.1.21": "cam-192-168-1-21",
    }


@pytest.mark.parametrize(("user", "host"), [("", ""), ("viewer", ""), ('view"er\\', "shed")])
def test_entry_is_taken_by_the_settings(user: str, host: str) -> None:
    given = discover.entry(stream("H264", 640, 360), user, host)
    assert Camera.model_validate(given).user == user
    line = discover.as_python("cam20", given)
    assert eval(f"{{{line}}}", {"secret": str}) == {  # noqa: S307 - as Python reads it
        "cam20": {**given, **({"password": "camera-cam20"} if user else {})}
    }


def test_cameras_of_the_settings_are_known_by_their_address() -> None:
    cameras = {
        "gate": Camera(source="rtsp", url="rtsp://192.168.1.20/a"),
        "yard": Camera(source="rtsp", url="rtsp://192.168.1.2:554/a"),
        "test": Camera(source="test"),
    }
    assert discover.configured(cameras, "192.168.1.20") == ["gate"]


LAN = ("eth0 192.168.1.7",)


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        (Discovery(interfaces=(), unsent=(), more=0, cameras=()), ["cameras-not-searched"]),
        (Discovery(interfaces=LAN, unsent=("eth0 (down)",), more=0, cameras=()), ["cameras-not-searched"]),
        (Discovery(interfaces=LAN, unsent=(), more=0, cameras=()), ["no-cameras-found"]),
        (Discovery(interfaces=LAN, unsent=(), more=0, cameras=(camera(),)), []),
        (Discovery(interfaces=LAN, unsent=(), more=0, cameras=(camera(kind="password-wanted", problem="x"),)),
         []),
        (Discovery(interfaces=LAN, unsent=(), more=0, cameras=(camera(kind="password-refused", problem="x"),)),
         ["camera-not-listed"]),
        (Discovery(interfaces=LAN, unsent=(), more=0, cameras=(camera(kind="failed", problem="x"),)),
         ["camera-not-listed"]),
    ],
)  # fmt: skip
def test_findings(found: Discovery, codes: list[str]) -> None:
    problems = list(discover.problems("shed", found))
    assert [problem.code for problem in problems] == codes
    assert all(problem.fix and problem.message for problem in problems)


class Host:
    """A camera host whose Python prints this."""

    def __init__(self, out: str, code: int = 0, err: str = "") -> None:
        self._out, self._done = out, CommandResult(code, "", err)
        self.given = b""
        self.command = ""

    def ask(self) -> None:
        pass

    def stream(self, command: str, source: Any, sink: Any) -> CommandResult:
        self.command, self.given = command, b"".join(source)
        sink(self._out.encode())
        return self._done


NONE = '{"interfaces": ["eth0 192.168.1.7"], "unsent": [], "more": 0, "cameras": []}'
CAMERA = json.dumps(camera().model_dump())


def run(host: Any) -> Discovery | Finding:
    return discover.discover(host, "shed", "viewer", SecretStr(PASSWORD), ["192.168.1.20"])


def test_host_is_sent_program_and_login_and_no_argument_has_the_password() -> None:
    host = Host(NONE)
    assert run(host) == Discovery(interfaces=LAN, unsent=(), more=0, cameras=())
    size, rest = host.given.split(b"\n", 1)
    with zipfile.ZipFile(io.BytesIO(rest[: int(size)])) as packed:
        assert {"envivo_agent/onvif/__main__.py", "envivo_agent/ipcam/plain.py"} <= set(packed.namelist())
        assert not [name for name in packed.namelist() if "/gst/" in name]
    assert json.loads(rest[int(size) :]) == {"user": "viewer", "password": PASSWORD, "only": ["192.168.1.20"]}
    assert "canary" not in host.command


@pytest.mark.parametrize(
    ("out", "code", "err", "message"),
    [
        ("", 127, "timeout: failed to run command", "/usr/bin/python3 is not installed"),
        ("", 124, "", "the search took longer than 40 s"),
        ("", 1, "Traceback\nOSError: no\n\n", "the search failed (OSError: no)"),
        ("", 1, "\x1b[2J\n", "the search failed (exit code 1)"),
        ("{}", 0, "", "the search failed (exit code 0)"),
        (NONE.replace("eth0", "eth0\\u001b[2J"), 0, "", "the search failed (exit code 0)"),
        (NONE.replace("[]}", f"[{CAMERA}]}}").replace('"x"', '"\\u00e9"'), 0, "", "the search failed (exit code 0)"),
        (NONE.replace("[]}", f"[{CAMERA}]}}").replace('"x"', '"' + "x" * 401 + '"'), 0, "",
         "the search failed (exit code 0)"),
        (NONE + " " * (1 << 20) + "x", 0, "", None),
        (" " * (1 << 20) + NONE, 0, "", "the search failed (exit code 0)"),
    ],
)  # fmt: skip
def test_answer_of_a_host_is_not_believed(out: str, code: int, err: str, message: str | None) -> None:
    found = run(Host(out, code, err))
    assert (found.message if isinstance(found, Finding) else None) == message
    assert not isinstance(found, Finding) or (found.code == "cameras-not-searched" and found.fix)


def test_answer_with_cameras_is_read() -> None:
    found = run(Host(NONE.replace("[]}", f"[{CAMERA}]}}")))
    assert isinstance(found, Discovery) and found.cameras == (camera(),)
