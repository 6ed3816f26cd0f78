"""What the command tells by hand, on a host with GStreamer: --check, --print-pipeline, --try, --probe."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from envivo.roles.camera.diagnose import Step, parse
from tests.patience import until
from tests.unit.agent.live import SERVER, Document, agent, configuration, findings, lacks, mediamtx, ran
from tests.unit.ports import free_ports

STEPS = ["installed", "encode", "capture", "publish"]


@pytest.fixture
def small(small: Document) -> Document:
    """Of so few frames that a busy machine encodes them in time as well."""
    small["video"]["fps"] = 5
    return small


pytestmark = pytest.mark.usefixtures("installed")


@pytest.mark.parametrize(
    ("encoder", "audio"), [("auto", {"kind": "none"}), ("x264", {"kind": "test", "bitrate_kbps": 64})]
)
def test_check_of_what_works_finds_nothing_and_notes_the_proof(
    small: Document, tmp_path: Path, encoder: str, audio: Document
) -> None:
    small["video"]["encoder"] = encoder
    small["audio"] = audio
    assert findings(tmp_path, small) == []
    assert any(noted.startswith("x264enc 320x180@5 ") for noted in json.loads((tmp_path / "encoders.json").read_text()))


def test_check_of_a_camera_or_clip_that_is_not_plugged_in_finds_nothing(small: Document, tmp_path: Path) -> None:
    camera = {"kind": "v4l2", "device": "/dev/video-absent", "format": "auto"}
    for source in (camera, {"kind": "file", "file": str(tmp_path / "absent.mp4")}):
        assert findings(tmp_path, {**small, "source": source}) == []


def test_check_refuses_an_encoder_that_this_host_has_not_whatever_may_take_over(
    small: Document, tmp_path: Path
) -> None:
    absent = "nvenc" if lacks("nvh264enc") else "v4l2"  # no host has both
    for fallback in (True, False):
        small["video"].update(encoder=absent, fallback=fallback)
        (finding,) = findings(tmp_path, small)
        assert finding.startswith(f"video.encoder: {absent} does not work here (")
        assert finding.endswith(": choose one of auto, vaapi, nvenc, v4l2, x264, openh264")


def test_check_names_the_package_of_a_missing_element(small: Document, tmp_path: Path) -> None:
    small["audio"] = {"kind": "alsa", "device": "default", "bitrate_kbps": 64}
    absent = ["GStreamer has no alsasrc: apt-get install gstreamer1.0-alsa"] if lacks("alsasrc") else []
    assert findings(tmp_path, small) == absent


@pytest.mark.parametrize(("protocol", "sink"), [("rtsp", "rtspclientsink"), ("rtmp", "rtmp2sink")])
def test_print_shows_the_pipeline_without_the_password(
    small: Document, tmp_path: Path, protocol: str, sink: str
) -> None:
    done = ran(tmp_path, "--print-pipeline", configuration(small, tmp_path, protocol=protocol))
    assert done.returncode == 0, done.stderr
    assert "  ! x264enc name=encoder " in done.stdout
    assert sink in done.stdout
    assert "***" in done.stdout
    assert small["publish"]["password"] not in done.stdout + done.stderr


@pytest.mark.parametrize(("form", "asked"), [("auto", "v4l2src"), ("h264", "video/x-h264")])
def test_print_without_the_camera_shows_the_format_that_was_asked_for(
    small: Document, tmp_path: Path, form: str, asked: str
) -> None:
    small["source"] = {"kind": "v4l2", "device": "/dev/video-absent", "format": form}
    capture = ran(tmp_path, "--print-pipeline", configuration(small, tmp_path)).stdout.partition("\n\n")[0]
    assert asked in capture
    assert "source.device = /dev/video-absent" in capture


def _steps(directory: Path, document: Document, **publish: object) -> tuple[int, list[Step]]:
    done = ran(directory, "--try", configuration(document, directory, **publish))
    assert document["publish"]["password"] not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, list(parse(done.stdout))


@pytest.mark.parametrize("protocol", ["rtsp", "rtmp"])
def test_try_of_what_works_shows_each_step(small: Document, program: Path, tmp_path: Path, protocol: str) -> None:
    with mediamtx(program, tmp_path, small["publish"]["password"]) as server:
        code, steps = _steps(tmp_path, small, protocol=protocol, host=SERVER, port=server.ports[protocol])
    assert (code, [(step.name, step.ok, step.fix) for step in steps]) == (0, [(name, True, "") for name in STEPS])


def test_try_ends_with_the_step_that_fails(small: Document, program: Path, tmp_path: Path) -> None:
    (closed,) = free_ports(1)
    code, steps = _steps(tmp_path, small, host=SERVER, port=closed)
    assert (code, [step.name for step in steps], steps[-1].ok) == (1, STEPS, False)
    assert f"{SERVER}:{closed}" in steps[-1].what
    assert steps[-1].fix.startswith("start the server")
    with mediamtx(program, tmp_path, "another") as server:
        code, steps = _steps(tmp_path, small, host=SERVER, port=server.ports["rtsp"])
    assert (code, steps[-1].name, steps[-1].ok) == (1, "publish", False)
    assert steps[-1].what.endswith("refuses the credentials")
    assert steps[-1].fix == "use the user and password that the server expects"


@pytest.mark.parametrize("second", ["rtsp", "rtmp"])
def test_try_of_a_path_that_another_publisher_holds_says_so(
    small: Document, program: Path, tmp_path: Path, second: str
) -> None:
    first, other = tmp_path / "first", tmp_path / "other"
    first.mkdir()
    other.mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(mediamtx(program, tmp_path, small["publish"]["password"], owned=True))
        publisher = stack.enter_context(agent(small, first, host=SERVER, port=server.ports["rtsp"]))
        assert until(lambda state: state == "live", publisher.state, 20, 0.1) == "live", publisher.said()
        session = server.session()
        code, steps = _steps(other, small, protocol=second, host=SERVER, port=server.ports[second])
        assert server.session() == session
    assert (code, steps[-1].name, steps[-1].ok) == (1, "publish", False), steps
    assert "another publisher holds this path" in steps[-1].what or second == "rtmp", steps


@pytest.mark.parametrize("text", [None, "no clip"])
def test_try_says_what_is_wrong_with_a_clip(small: Document, tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "clip.mp4"
    if text:
        file.write_text(text)
    small["source"] = {"kind": "file", "file": str(file)}
    code, steps = _steps(tmp_path, small)
    assert (code, steps[-1].name, steps[-1].ok) == (1, "capture", False)
    assert str(file) in steps[-1].what


def test_probe_tells_programs_what_is_there(tmp_path: Path) -> None:
    done = ran(tmp_path, "--probe")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.keys() == {"gstreamer", "cameras", "audio", "encoders"}
    (x264,) = [one for one in told["encoders"] if one["element"] == "x264enc"]
    assert (x264["name"], x264["works"], x264["why"]) == ("x264", True, "") or x264["why"].startswith("too slow")
    assert x264["fps"] > 0
