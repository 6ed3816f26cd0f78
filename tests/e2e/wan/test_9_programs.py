"""Every line of `envivo urls`, on a person's computer, with the program that it is for: several at once."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from threading import Lock
from typing import Any

import pytest
from pydantic import SecretStr

from envivo import inventory
from envivo.cli.urls import rows
from envivo.clients import OBS_X264, UNVERIFIED, ProgramRow
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.hosts import media_of, settings_of
from envivo.roles.media.settings import Path
from tests.e2e.lab import API, Lab
from tests.e2e.players import PLAYERS
from tests.e2e.studio import Studio
from tests.e2e.wan.publishers import SOURCES, publishing_line
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(400))]

CAMERA, AS_IT_COMES, LEFT, RIGHT = "webcam", "as-it-comes", "studio/desk/left", "studio/desk/right"
OWN = {program: re.sub(r"\W+", "-", program.lower()) for program in SOURCES}
"""The path that each program publishes to."""
PATHS = (*OWN.values(), AS_IT_COMES, LEFT, RIGHT)
AT_ONCE = 3
PICTURES, KEY_EVERY = 60, 30
OBS_ALONE = Lock()
"""It draws without a graphics card, and has one profile."""


@pytest.fixture(scope="module")
def settings(staging: Lab) -> Environment:
    read = inventory.read(inventory.named("staging"))
    return settings_of(read, media_of(read))


@pytest.fixture(scope="module")
def printed(staging: Lab, settings: Environment, tmp_path_factory: pytest.TempPathFactory) -> list[ProgramRow]:
    """What `envivo urls` prints: of the camera's path as the command does it, then of PATHS, which are deployed.

    Those with levels may be watched by anybody, the others by the camera's viewer.
    """
    told = staging.envivo("urls", "staging", "--show-secrets", "--json")
    assert told.returncode == 0, told.stderr
    of_camera = [ProgramRow(**{**row, "notes": tuple(row["notes"])}) for row in json.loads(told.stdout)["urls"]]
    like = settings.mediamtx.paths[CAMERA]
    more = {name: Path(publisher=like.publisher, viewers=() if "/" in name else like.viewers) for name in PATHS}
    directory = tmp_path_factory.mktemp("group_data")
    publisher = f"{{'user': 'webcam', 'password': secret('publish-{CAMERA}')}}"
    viewers = f"[{{'user': 'viewer', 'password': secret('view-{CAMERA}')}}]"
    written = (
        f"{name!r}: {{'publisher': {publisher}, 'viewers': {'[]' if '/' in name else viewers}}}" for name in PATHS
    )
    text = (ROOT / "group_data" / "staging.py").read_text()
    assert text.count("cameras=") == 1
    text = text.replace("cameras=", f"mediamtx={{'paths': {{{', '.join(written)}}}}}, cameras=")
    (directory / "staging.py").write_text(f"from envivo.secrets import secret\n{text}")
    staging.deploy(directory)
    with_them = settings.model_copy(update={"mediamtx": settings.mediamtx.model_copy(update={"paths": more})})
    book = placement.endpoints(with_them, staging.media, staging.hosts[staging.media])
    return [*of_camera, *rows(with_them.media, book, show_secrets=True)]


@pytest.fixture(scope="module")
def studio(staging: Lab, settings: Environment) -> Studio:
    path = settings.mediamtx.paths[CAMERA]
    logins = [one for one in (path.publisher, *path.viewers) if one]
    studio = Studio(staging, "wan-studio", tuple(one.password.get_secret_value() for one in logins))
    studio.prepare()
    studio.trust(staging.envivo("urls", "staging", "--authority").stdout)
    return studio


def failures(ask: Callable[[str], None], names: Iterable[str]) -> dict[str, str]:
    """What went wrong, by name. AT_ONCE are asked at a time."""

    def failure(name: str) -> str:
        try:
            ask(name)
        except (AssertionError, pytest.fail.Exception) as wrong:
            return str(wrong) or "failed"
        return ""

    names = tuple(names)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: wrong for name, wrong in zip(names, pool.map(failure, names), strict=True) if wrong}


def row_of(printed: list[ProgramRow], path: str, action: str, program: str) -> ProgramRow:
    return next(row for row in printed if (row.path, row.action, row.program) == (path, action, program))


def api(lab: Lab, path: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(lab.run(lab.media, f"{API}/paths/get/{path}").stdout)
    return said


def headless(row: ProgramRow) -> SecretStr:
    return SecretStr(PLAYERS[row.program].headless(row.line))


@contextmanager
def on_air(studio: Studio, row: ProgramRow, x264_options: str = OBS_X264) -> Iterator[dict[str, Any]]:
    """Publishes as the row says; what MediaMTX says of the path while it is online."""
    alone = OBS_ALONE if row.program == "OBS" else nullcontext()
    with alone, studio.running(publishing_line(studio, row, x264_options)) as running:
        path = until(lambda path: path["online"], lambda: api(studio.lab, row.path), 30)
        assert path["online"], running.said
        yield path


def decodes(studio: Studio, row: ProgramRow) -> None:
    player, said = PLAYERS[row.program], ""
    for _ in range(player.starts):
        with studio.running(headless(row)) as running:
            said = until(lambda said: player.pictures(said) >= PICTURES, lambda: running.said, 40 / player.starts)
        if player.pictures(said) >= PICTURES:
            return
    pytest.fail(said[-5000:])


def probe(studio: Studio, printed: list[ProgramRow], path: str) -> Any:
    """What ffprobe understands of the next pictures that the path sends."""
    url = row_of(printed, path, "watch", "mpv").line.split()[-1]
    entries = "stream=has_b_frames,profile:packet=flags"
    line = SecretStr(
        f"ffprobe -v error -rtsp_transport tcp -select_streams v -show_entries {entries}"
        f" -read_intervals %+#{4 * KEY_EVERY} -of json {url} 2>/dev/null"
    )
    with studio.running(line) as running:
        until(lambda runs: not runs, lambda: running.runs, 30)
        return json.loads(running.said)


def test_every_printed_program_is_tried(printed: list[ProgramRow]) -> None:
    of_camera = {(row.action, row.program) for row in printed if row.path == CAMERA}
    shown = {("watch", "browser"), ("watch", "browser, recordings"), ("publish", "its camera")}
    assert of_camera - shown == {("publish", one) for one in SOURCES} | {("watch", one) for one in PLAYERS}


def test_player_decodes_pictures(studio: Studio, printed: list[ProgramRow]) -> None:
    """Of the camera: with a password, and without sound."""
    assert until(lambda path: path["online"], lambda: api(studio.lab, CAMERA), 30)["online"]
    assert failures(lambda program: decodes(studio, row_of(printed, CAMERA, "watch", program)), PLAYERS) == {}


def test_player_decodes_pictures_of_a_path_with_levels(studio: Studio, printed: list[ProgramRow]) -> None:
    """Without a password, and with sound."""
    with on_air(studio, row_of(printed, LEFT, "publish", "ffmpeg")):
        # long enough on air for players that want several segments
        until(lambda path: path["inboundBytes"] > 2_000_000, lambda: api(studio.lab, LEFT), 20)
        assert failures(lambda program: decodes(studio, row_of(printed, LEFT, "watch", program)), PLAYERS) == {}


def test_published_video_suits_webrtc(studio: Studio, printed: list[ProgramRow]) -> None:
    """To a path of one level by all, and with levels over RTMP, where two programs write them in a form of their own.

    OBS as it comes does not, so that its line has to say more.
    """

    def publish(what: str) -> None:
        program, path = what.split(" to ")
        options = "" if path == AS_IT_COMES else OBS_X264
        with on_air(studio, row_of(printed, path, "publish", program), options) as seen:
            video = probe(studio, printed, path)
        b_frames = video["streams"][0]["has_b_frames"]
        if path == AS_IT_COMES:
            assert b_frames > 0
            return
        assert seen["source"]["type"] == SOURCES[program]
        (h264,) = [track for track in seen["tracks2"] if track["codec"] == "H264"]
        assert h264["codecProps"]["profile"] == "Baseline"
        assert b_frames == 0
        flags = "".join("K" if "K" in packet["flags"] else "." for packet in video["packets"])
        assert flags.count("K") >= 3, flags
        assert max(len(between) for between in flags.split("K")) < KEY_EVERY, flags

    deep = [f"OBS to {LEFT}", f"GStreamer, RTMP to {RIGHT}"]
    own = [f"{program} to {path}" for program, path in OWN.items()]
    assert failures(publish, (*own, f"OBS to {AS_IT_COMES}", *deep)) == {}


def test_untrusted_certificate_is_refused_unless_the_notes_say_that_it_is_not(
    studio: Studio, printed: list[ProgramRow], staging: Lab
) -> None:
    def expected(row: ProgramRow) -> tuple[bool, bool]:
        """Whether pictures pass although nobody trusts the certificate, and whether the program refuses it."""
        return UNVERIFIED in row.notes, UNVERIFIED not in row.notes

    def watch(program: str) -> None:
        player = PLAYERS[program]
        row = row_of(printed, CAMERA, "watch", program)
        with studio.running(headless(row)) as running:
            said = until(lambda said: player.pictures(said) > 0 or refused(said), lambda: running.said, 40)
        assert (player.pictures(said) > 0, refused(said)) == expected(row), said[-5000:]

    def publish(program: str) -> None:
        row = row_of(printed, OWN[program], "publish", program)
        offline = until(lambda path: not path["online"], lambda: api(studio.lab, row.path), 15)
        assert not offline["online"], "somebody publishes"
        with studio.running(publishing_line(studio, row)) as running:
            found = until(any, lambda: (api(studio.lab, row.path)["online"], refused(running.said)), 30)
            assert found == expected(row), running.said[-5000:]

    studio.trust("")
    try:
        assert until(lambda path: path["online"], lambda: api(studio.lab, CAMERA), 30)["online"]
        # whip-client is not the program that the line is for
        publishers = [program for program in SOURCES if program != "OBS, WHIP"]
        assert failures(watch, PLAYERS) | failures(publish, publishers) == {}
    finally:
        studio.trust(staging.envivo("urls", "staging", "--authority").stdout)


def refused(said: str) -> bool:
    """It says that it does not trust the certificate; playbin3 says no more than that there is an error."""
    words = "certificate.*(fail|not trusted)|unacceptable TLS certificate|cert verify failed|reason error"
    return bool(re.search(words, said, re.IGNORECASE))
