"""What `envivo verify` finds of the mount of recordings and of the bans."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from envivo.inventory import Host
from envivo.remote import CommandResult, RemoteShell
from envivo.roles.media import bans, hardening
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.verify.findings import Finding
from tests.unit.settings.environments import production
from tests.unit.settings.hosts import context

HOST = Host("media1", ("media", "prod"), {})
ROOT = "overlay / overlay ro,relatime 0 0\n"
FOLLOWS = "/dev/vda1 /srv/recordings ext4 ro,relatime 0 0\n"
GUARDED = "/dev/vda1 /srv/recordings ext4 ro,nosuid,nodev,noexec,relatime,nosymfollow 0 0\n"
OTHER = "/dev/vda1 /srv/web ext4 ro,nosymfollow 0 0\n"


class Answers(RemoteShell):
    """What the host answers to commands that hold these words."""

    def __init__(self, answers: dict[str, CommandResult]) -> None:
        super().__init__(HOST)
        self.answers = answers

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        return next(said for words, said in self.answers.items() if words in command)


def media(answers: dict[str, CommandResult]) -> Target[Media]:
    settings = production()
    return Target("127.0.0.1", settings.media, Answers(answers), context(settings, HOST.groups))


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        (ROOT + GUARDED, []),
        (ROOT + FOLLOWS + GUARDED, []),
        (ROOT + GUARDED + FOLLOWS, ["recordings-unguarded"]),
        (ROOT + FOLLOWS, ["recordings-unguarded"]),
        (ROOT + GUARDED.replace("ro,", "rw,"), ["recordings-unguarded"]),
        (ROOT + OTHER, ["recordings-unguarded"]),
        ("", ["recordings-unguarded"]),
    ],
)
def test_links_are_followed_unless_the_last_mount_there_says_not(mounts: str, found: list[str]) -> None:
    said = hardening.no_link_is_followed(media({"/proc/mounts": CommandResult(0, mounts, "")}))

    assert [one.code for one in said if isinstance(one, Finding)] == found


PIPE = "/var/lib/envivo/recordings/webcam/x.mp4"


@pytest.mark.parametrize(("said", "shown"), [("", None), (f"{PIPE}\n", f"'{PIPE}'"), ("a\x1b[2J\n", r"'a\x1b[2J'")])
def test_special_file_among_the_recordings_is_found_and_its_name_is_harmless(said: str, shown: str | None) -> None:
    found = list(
        hardening.nothing_special_is_recorded(media({"find /var/lib/envivo/recordings ": CommandResult(0, said, "")}))
    )

    assert [(one.code, one.message) for one in found] == (
        [("recordings-special", f"{shown} among the recordings is not a regular file")] if shown else []
    )


@pytest.mark.parametrize(("make", "found"), [(os.mkfifo, True), (Path.touch, False), (Path.mkdir, False)])
def test_special_files_are_those_that_find_names(tmp_path: Path, make: Callable[[Path], object], found: bool) -> None:
    make(tmp_path / "x.mp4")
    (tmp_path / "link.mp4").symlink_to("x.mp4")
    command = ["sh", "-c", f"find {tmp_path} -xdev \\( {hardening.KINDS} \\) -print"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.split() == ([f"{tmp_path}/x.mp4"] if found else [])


RUNS = CommandResult(0, "ActiveState=active\nUnitFileState=enabled\nResult=success\n", "")


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"systemctl": RUNS, "status envivo-": CommandResult(0, "", "")}, 0),
        (
            {
                "systemctl": RUNS,
                "status envivo-web": CommandResult(255, "", "no jail"),
                "status envivo-": CommandResult(0, "", ""),
            },
            1,
        ),
        ({"systemctl": RUNS, "status envivo-": CommandResult(255, "", "no server")}, 2),
        ({"systemctl": CommandResult(0, "ActiveState=failed\nResult=exit-code\n", "")}, 1),
    ],
)
def test_each_jail_that_is_not_there_is_found(answers: dict[str, CommandResult], found: int) -> None:
    said = list(hardening.bans_passwords(media(answers)))

    assert [one.code for one in said] == ["bans-down"] * found
    assert all(bans.UNIT in one.fix for one in said)
