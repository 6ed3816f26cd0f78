"""Every line of `envivo urls`, on a person's computer, with the program that it is for."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from pydantic import SecretStr

from envivo import inventory
from envivo.cli.urls import rows
from envivo.inventory import Host
from envivo.places import ROOT
from envivo.programs import UNVERIFIED, Row
from envivo.programs.publish import FFMPEG_INPUT, GSTREAMER_CAMERA, GSTREAMER_MICROPHONE, OBS_X264
from envivo.waiting import until
from roles.environment import Environment
from roles.media.settings import Path
from roles.target import settings_of
from tests.e2e import obs
from tests.e2e.lab import Lab
from tests.e2e.players import PLAYERS
from tests.e2e.studio import AT_MOST_S, HOME, PERSON, Studio

STUDIO = "wan-studio"
PATH, DEEP = "webcam", "studio/desk/left"
API = "curl -s -m 6 -K /etc/envivo/monitor.curl http://127.0.0.1:9997/v3/paths/get"
ON_AIR_WITHIN_S, PICTURES_WITHIN_S = 30, 40
PICTURES = 60

INPUTS = {
    FFMPEG_INPUT: "-re -f lavfi -i testsrc2=size=640x360:rate=30 -re -f lavfi -i sine=sample_rate=48000",
    GSTREAMER_CAMERA: "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360",
    GSTREAMER_MICROPHONE: "audiotestsrc is-live=true",
}
"""What a lab host has in place of a camera and a microphone. Nothing else of a line is changed."""
WHIP_CLIENT = (
    "whip-client -V 'videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 ! x264enc"
    " tune=zerolatency speed-preset=veryfast key-int-max=30 bframes=0 ! video/x-h264,profile=constrained-baseline"
    " ! rtph264pay config-interval=-1 pt=96 ssrc=2 ! queue"
    " ! application/x-rtp,media=video,encoding-name=H264,payload=96'"
    " -A 'audiotestsrc is-live=true ! opusenc ! rtpopuspay pt=100 ssrc=1 ! queue"
    " ! application/x-rtp,media=audio,encoding-name=OPUS,payload=100'"
)
"""In place of an OBS with WHIP, which Debian has not: takes the same two fields."""


SOURCES = {
    "OBS": "rtmpsConn",
    "OBS, WHIP": "webRTCSession",
    "ffmpeg": "rtmpsConn",
    "ffmpeg, RTSPS": "rtspsSession",
    "GStreamer": "rtspsSession",
    "GStreamer, RTMP": "rtmpsConn",
}
"""What MediaMTX calls who publishes with each."""


@pytest.fixture(scope="module")
def authority(staging: Lab) -> str:
    return staging.envivo("urls", "staging", "--authority").stdout


@dataclass(frozen=True)
class Printed:
    """What `envivo urls staging --show-secrets --json` prints."""

    rows: list[Row] = field(repr=False)

    def row(self, action: str, program: str) -> Row:
        return next(row for row in self.rows if (row.action, row.program) == (action, program))

    def programs(self, action: str) -> set[str]:
        return {row.program for row in self.rows if row.action == action}


@pytest.fixture(scope="module")
def media(staging: Lab) -> Host:
    return next(host for host in inventory.read(inventory.named("staging")).hosts if "media" in host.groups)


@pytest.fixture(scope="module")
def settings(media: Host) -> Environment:
    return settings_of("staging", media)


@pytest.fixture(scope="module")
def printed(staging: Lab) -> Printed:
    told = staging.envivo("urls", "staging", "--show-secrets", "--json")
    assert told.returncode == 0, told.stderr
    return Printed([Row(**{**row, "notes": tuple(row["notes"])}) for row in json.loads(told.stdout)["urls"]])


@pytest.fixture(scope="module")
def studio(staging: Lab, authority: str, settings: Environment) -> Studio:
    path = settings.mediamtx.paths[PATH]
    logins = [one for one in (path.publisher, *path.viewers) if one]
    studio = Studio(staging, STUDIO, tuple(one.password.get_secret_value() for one in logins))
    studio.prepare()
    studio.trust(authority)
    return studio


@pytest.fixture
def on_camera(staging: Lab) -> None:
    """The camera's agent publishes."""
    assert until(lambda path: path["online"], lambda: api(staging), ON_AIR_WITHIN_S)["online"]


@pytest.fixture
def off_air(staging: Lab) -> Iterator[None]:
    """The camera's agent leaves the path to others."""
    staging.run(staging.camera, f"systemctl stop envivo-agent@{PATH}")
    try:
        yield
    finally:
        staging.run(staging.camera, f"systemctl start envivo-agent@{PATH}")


def api(lab: Lab, path: str = PATH) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(lab.run(lab.media, f"{API}/{path}").stdout)
    return said


def headless(row: Row) -> SecretStr:
    return SecretStr(PLAYERS[row.program].headless(row.line))


def publishing_line(studio: Studio, row: Row, x264_options: str = OBS_X264) -> SecretStr:
    fields = dict(line.split(": ", 1) for line in row.line.splitlines() if ": " in line)
    if row.program == "OBS":
        for name, text in obs.files(fields, x264_options).items():
            studio.write(f"{HOME}/{obs.CONFIGURATION}/{name}", text, PERSON, 600)
        studio.lab.run(studio.host, f"chown -R {PERSON}: {HOME}/.config")
        return SecretStr(obs.LINE)
    if row.program == "OBS, WHIP":
        return SecretStr(f"{WHIP_CLIENT} -u {fields['Server']} -t {fields.get('Bearer Token', '')}")
    line = row.line
    for camera, test in INPUTS.items():
        line = line.replace(camera, test)
    return SecretStr(line)


@contextmanager
def on_air(
    studio: Studio, row: Row, name: str = PATH, x264_options: str = OBS_X264, at_most_s: int = AT_MOST_S
) -> Iterator[dict[str, Any]]:
    """Publishes as the row says, and as nobody else; what MediaMTX says of the path while it is online."""
    assert not until(lambda path: not path["online"], lambda: api(studio.lab, name), 15)["online"], "somebody publishes"
    line = publishing_line(studio, row, x264_options)
    began = time.monotonic()
    with studio.running(line, at_most_s=at_most_s) as running:
        path = until(lambda path: path["online"], lambda: api(studio.lab, name), ON_AIR_WITHIN_S)
        assert path["online"], running.said
        print(f"{row.program}: online after {time.monotonic() - began:.1f} s, {path['tracks']}")
        yield path


def test_every_printed_program_is_tried(printed: Printed) -> None:
    assert printed.programs("publish") == set(SOURCES)
    assert printed.programs("watch") == {*PLAYERS, "browser", "browser, recordings"}


@pytest.mark.parametrize("program", PLAYERS)
def test_player_decodes_pictures(program: str, studio: Studio, printed: Printed, on_camera: None) -> None:
    decodes(studio, printed.row("watch", program))


def decodes(studio: Studio, row: Row) -> None:
    player = PLAYERS[row.program]
    began = time.monotonic()
    with studio.running(headless(row)) as running:
        said = until(lambda said: player.pictures(said) >= PICTURES, lambda: running.said, PICTURES_WITHIN_S)
    assert player.pictures(said) >= PICTURES, said[-5000:]
    print(f"{row.program}: {PICTURES} pictures within {time.monotonic() - began:.1f} s")


@pytest.mark.parametrize("program", SOURCES)
def test_published_video_suits_webrtc(program: str, studio: Studio, printed: Printed, off_air: None) -> None:
    with on_air(studio, printed.row("publish", program)) as path:
        video = probe(studio, printed)
    assert path["source"]["type"] == SOURCES[program]
    (h264,) = [track for track in path["tracks2"] if track["codec"] == "H264"]
    assert h264["codecProps"]["profile"] == "Baseline"
    assert video["streams"][0]["has_b_frames"] == 0
    keys = [float(packet["pts_time"]) for packet in video["packets"] if "K" in packet["flags"] and "pts_time" in packet]
    assert len(keys) >= 3, video
    assert max(after - before for before, after in pairwise(keys)) < 1.5


def test_obs_as_it_comes_sends_what_webrtc_cannot_show(studio: Studio, printed: Printed, off_air: None) -> None:
    with on_air(studio, printed.row("publish", "OBS"), x264_options=""):
        assert probe(studio, printed)["streams"][0]["has_b_frames"] > 0


@pytest.fixture(scope="class")
def nobody_trusted(studio: Studio, authority: str) -> Iterator[None]:
    """The computer does not know who signs the certificates."""
    studio.trust("")
    try:
        yield
    finally:
        studio.trust(authority)


@pytest.mark.usefixtures("nobody_trusted")
class TestUntrustedCertificate:
    """Is refused, unless the notes say that it is not."""

    @pytest.mark.parametrize("program", PLAYERS)
    def test_of_player(self, program: str, studio: Studio, printed: Printed, on_camera: None) -> None:
        player, row = PLAYERS[program], printed.row("watch", program)
        with studio.running(headless(row)) as running:
            said = until(
                lambda said: player.pictures(said) > 0 or refused(said), lambda: running.said, PICTURES_WITHIN_S
            )
        assert (player.pictures(said) > 0, refused(said)) == expected(row), said

    @pytest.mark.parametrize("program", [one for one in SOURCES if one != "OBS, WHIP"])
    def test_of_publisher(self, program: str, studio: Studio, printed: Printed, off_air: None) -> None:
        row = printed.row("publish", program)
        assert not until(lambda path: not path["online"], lambda: api(studio.lab), 15)["online"], "somebody publishes"
        with studio.running(publishing_line(studio, row)) as running:
            found = until(any, lambda: (api(studio.lab)["online"], refused(running.said)), ON_AIR_WITHIN_S)
            assert found == expected(row), running.said


def expected(row: Row) -> tuple[bool, bool]:
    """Whether pictures pass although nobody trusts the certificate, and whether the program refuses it."""
    return UNVERIFIED in row.notes, UNVERIFIED not in row.notes


def refused(said: str) -> bool:
    """It says that it does not trust the certificate; playbin3 says no more than that there is an error."""
    words = "certificate.*(fail|not trusted)|unacceptable TLS certificate|cert verify failed|reason error"
    return bool(re.search(words, said, re.IGNORECASE))


@pytest.fixture(scope="module")
def deep(staging: Lab, settings: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printed]:
    """What `envivo urls` prints for DEEP, a path that is there while this lasts and that anybody may watch."""
    directory = tmp_path_factory.mktemp("group_data")
    publisher = settings.mediamtx.paths[PATH].publisher
    assert publisher
    its = f"{{'publisher': {{'user': {publisher.user!r}, 'password': secret('publish-{PATH}')}}}}"
    text = (ROOT / "group_data" / "staging.py").read_text()
    assert text.count("cameras=") == 1
    more = text.replace("cameras=", f"mediamtx={{'paths': {{{DEEP!r}: {its}}}}}, cameras=")
    (directory / "staging.py").write_text(f"from envivo.secrets import secret\n{more}")
    paths = {DEEP: Path(publisher=publisher)}
    with_it = settings.model_copy(update={"mediamtx": settings.mediamtx.model_copy(update={"paths": paths})})
    staging.deploy(directory)
    try:
        yield Printed(rows(with_it, staging.hosts[staging.media], show_secrets=True))
    finally:
        staging.deploy()


@pytest.mark.parametrize("program", SOURCES)
def test_path_with_levels_is_published_to(program: str, studio: Studio, deep: Printed) -> None:
    with on_air(studio, deep.row("publish", program), DEEP) as path:
        assert path["source"]["type"] == SOURCES[program]


@pytest.fixture(scope="class")
def deep_on_air(studio: Studio, deep: Printed) -> Iterator[None]:
    """Long enough on air for players that want several segments."""
    with on_air(studio, deep.row("publish", "ffmpeg"), DEEP, at_most_s=400):
        until(lambda path: path["inboundBytes"] > 2_000_000, lambda: api(studio.lab, DEEP), 20)
        yield


@pytest.mark.usefixtures("deep_on_air")
class TestPathWithLevels:
    """With a second track, and no password."""

    @pytest.mark.parametrize("program", PLAYERS)
    def test_is_watched_by_anybody(self, program: str, studio: Studio, deep: Printed) -> None:
        decodes(studio, deep.row("watch", program))


def probe(studio: Studio, printed: Printed) -> Any:
    """Four seconds of what the path sends, as ffprobe understands it."""
    url = printed.row("watch", "mpv").line.split()[-1]
    entries = "stream=has_b_frames,profile:packet=pts_time,flags"
    line = SecretStr(
        f"ffprobe -v error -rtsp_transport tcp -select_streams v -show_entries {entries}"
        f" -read_intervals %+4 -of json {url} 2>/dev/null"
    )
    with studio.running(line) as running:
        until(lambda runs: not runs, lambda: running.runs, 30)
        return json.loads(running.said)
