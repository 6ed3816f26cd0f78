"""When a configuration is exchanged, asked of a real shell."""

import hashlib
from pathlib import Path

import pytest

from envivo.operations.switch import Live, LiveConfig, deviation
from envivo.state.desired import ServiceConfig
from tests.unit.operations.shell import lines

REVISION = "envivo-1e4cdac151b38c3a"
CONFIG = ServiceConfig("/etc/x.yml", "a: 1\n", mode="640", owner="root", group="envivo", revision=REVISION, ask="ask")
SHA, OTHER = CONFIG.sha256, "6" * 64
ACCESS = "640 root envivo"


@pytest.mark.parametrize(
    ("live", "why"),
    [
        (Live(SHA, ACCESS, REVISION), ""),
        (Live(SHA, ACCESS, f'{{"users": ["{REVISION}"]}}'), ""),
        (Live("", "", ""), "is missing"),
        (Live("", "", REVISION), "is missing"),
        (Live("", "755 root root", ""), "is not a file"),
        (Live(OTHER, ACCESS, REVISION), "has other content"),
        # which of the two it runs does not matter
        (Live(OTHER, ACCESS, "envivo-0000000000000000"), "has other content"),
        (Live(OTHER, ACCESS, ""), "has other content"),
        (Live(SHA, "644 root envivo", REVISION), "has mode 644 instead of 640"),
        (Live(SHA, "640 root root", REVISION), "has group root instead of envivo"),
        (Live(OTHER, "666 pi envivo", ""), "has other content, mode 666 instead of 640, owner pi instead of root"),
        # a run died after the rename, or the service missed it
        (Live(SHA, ACCESS, "envivo-0000000000000000"), "is not what the running service uses"),
        # it is not running: it will read the file when it starts
        (Live(SHA, ACCESS, ""), ""),
    ],
)
def test_switch_is_due_when_the_file_or_the_running_service_differs(live: Live, why: str) -> None:
    found = deviation(live, CONFIG)

    assert (str(found) if found else "") == (f"{CONFIG.path} {why}" if why else "")


@pytest.mark.parametrize(
    ("content", "ask", "answer"),
    [
        ("one\n", f"echo {REVISION}", REVISION),
        ("one\n", "printf 'a\\nb\\n'", "a\nb"),
        ("one\n", "false", ""),
        ("one\n", "echo it is not running >&2; false", ""),
        (None, f"echo {REVISION}", REVISION),
        (None, "false", ""),
    ],
)
def test_live_config_is_the_file_and_what_the_service_says(
    tmp_path: Path, content: str | None, ask: str, answer: str
) -> None:
    path = tmp_path / "its name.yml"
    sha256 = access = ""
    if content is not None:
        path.write_text(content)
        path.chmod(0o640)
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        access = f"640 {path.owner()} {path.group()}"

    live = LiveConfig().process(lines(LiveConfig().command(str(path), ask)))

    assert live == Live(sha256, access, answer)


def test_link_in_place_of_a_configuration_is_seen(tmp_path: Path) -> None:
    (tmp_path / "own.yml").touch()
    (tmp_path / "a.yml").symlink_to("own.yml")

    live = LiveConfig().process(lines(LiveConfig().command(str(tmp_path / "a.yml"), "true")))

    assert live.link and not live.listed
