"""What `envivo verify` finds of the mount of recordings and of the bans."""

from pathlib import Path

import pytest

from envivo.inventory import Host
from envivo.orchestration.target import Target
from envivo.remote import Inside, Said
from envivo.roles.media import bans, hardening
from envivo.verify.findings import Finding
from tests.unit.settings.environments import production

HOST = Host("media1", ("media", "prod"), {})
ROOT = "overlay / overlay ro,relatime 0 0\n"
FOLLOWS = "/dev/vda1 /srv/recordings ext4 ro,relatime 0 0\n"
GUARDED = "/dev/vda1 /srv/recordings ext4 ro,nosuid,nodev,noexec,relatime,nosymfollow 0 0\n"
OTHER = "/dev/vda1 /srv/web ext4 ro,nosymfollow 0 0\n"


class Answers(Inside):
    """What the host answers to commands that hold these words."""

    def __init__(self, answers: dict[str, Said]) -> None:
        super().__init__(HOST, Path("/nonexistent"))
        self.answers = answers

    def run(self, command: str, within_s: int = 20) -> Said:
        return next(said for words, said in self.answers.items() if words in command)


def media(answers: dict[str, Said]) -> Target:
    return Target(HOST.name, HOST.groups, "127.0.0.1", 22, production(), {}, Answers(answers))


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
    said = hardening.no_link_is_followed(media({"/proc/mounts": Said(0, mounts, "")}))

    assert [one.code for one in said if isinstance(one, Finding)] == found


RUNS = Said(0, "ActiveState=active\nUnitFileState=enabled\nResult=success\n", "")


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"systemctl": RUNS, "status envivo-": Said(0, "", "")}, 0),
        ({"systemctl": RUNS, "status envivo-web": Said(255, "", "no jail"), "status envivo-": Said(0, "", "")}, 1),
        ({"systemctl": RUNS, "status envivo-": Said(255, "", "no server")}, 2),
        ({"systemctl": Said(0, "ActiveState=failed\nResult=exit-code\n", "")}, 1),
    ],
)
def test_each_jail_that_is_not_there_is_found(answers: dict[str, Said], found: int) -> None:
    said = list(hardening.bans_passwords(media(answers)))

    assert [one.code for one in said] == ["bans-down"] * found
    assert all(bans.UNIT in one.fix for one in said)
