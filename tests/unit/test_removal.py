"""What a host has of envivo: whose a file is, and what a removal may leave."""

from collections.abc import Iterator

import pytest

from envivo.core.paths import ETC, OPT, VAR
from envivo.orchestration import placement
from envivo.orchestration.environment import Environment
from envivo.orchestration.removing.seen import Seen, answered, foreign, question, remains, removables
from envivo.orchestration.roles import roles, roles_of
from envivo.roles.addresses import Followed
from envivo.roles.camera import desired as camera
from envivo.roles.certificates import desired as certificates
from envivo.roles.media import bans, guard, limits, recordings_mount, retention
from envivo.roles.media import desired as media
from envivo.roles.role import Context
from envivo.roles.turn import desired as turn
from envivo.state.desired import Directory, File
from tests.unit.operations.shell import lines
from tests.unit.settings.environments import lab, one_machine, production

GROUPS = {"media": ["one"], "turn": ["one"], "cameras": ["one"]}
APART = {"media": ["m"], "turn": ["t"], "cameras": ["c"]}


def contexts(settings: Environment) -> Iterator[Context]:
    for groups in (GROUPS, APART):
        wanted = groups if settings.turn else {name: hosts for name, hosts in groups.items() if name != "turn"}
        book = placement.endpoints(settings, wanted["media"][0], "198.51.100.10")
        for host in dict.fromkeys(name for hosts in wanted.values() for name in hosts):
            yield placement.context(settings, host, wanted, book)


def brought(settings: Environment) -> Iterator[str]:
    """Files that deploys write, of all roles."""
    for context in contexts(settings):
        found: list[Directory | File] = []
        if context.certificates:
            found += certificates.files(context.certificates)
        if "cameras" in context.groups:
            found += camera.files(settings.agents, context)
        if "turn" in context.groups and settings.turn:
            found += turn.files(settings.turn, context.endpoints)
            yield turn.config(settings.turn, context.endpoints).path
        if "media" in context.groups:
            found += [*media.access(settings.media), recordings_mount.file(), *bans.files(settings.media)]
            found += [*limits.files(settings.media), *retention.files(settings.media)]
            found += [*guard.files("/opt/envivo/stack/compose.yml", ["web"])]
            yield from (f"{media.MEDIAMTX_DIRECTORY}/mediamtx.yml", f"{media.CADDY_DIRECTORY}/Caddyfile")
            yield from (f"{OPT}/stack/compose.yml", f"{OPT}/player/vendor/hls.min.js")
        found += Followed("mediamtx", ["home.example.net"]).files()
        yield from (entry.path for entry in found if isinstance(entry, File))


@pytest.mark.parametrize("settings", [lab(), production(), one_machine()], ids=["lab", "three machines", "one"])
def test_whatever_a_deploy_writes_is_envivos(settings: Environment) -> None:
    files = set(brought(settings))
    assert len(files) > 20
    assert foreign(sorted(files), removables()) == []


@pytest.mark.parametrize(
    "path",
    [
        f"{ETC}/notes.txt",
        f"{OPT}/stack/mine.sh",
        f"{ETC}/caddy/mine",
        f"{VAR}/notes.txt",
        "/etc/systemd/system/coturn.service.d/override.conf",
        "/etc/systemd/system/certbot.service.d/mine.conf",
        "/etc/systemd/system/envivo-mine.service",
    ],
)
def test_what_no_deploy_writes_is_foreign(path: str) -> None:
    assert foreign([path], removables()) == [path]


@pytest.mark.parametrize(
    "path",
    [
        f"{ETC}/.staged/turn/turnserver.conf",
        f"{ETC}/tls/.new.a1B2/server.crt",
        f"{ETC}/caddy/.Caddyfile.envivo-new",
        "/etc/systemd/system/multi-user.target.wants/envivo-stack.service",
    ],
)
def test_what_a_deploy_left_half_done_is_envivos(path: str) -> None:
    assert foreign([path], removables()) == []


def test_all_accounts_and_masks_of_settings_are_remains() -> None:
    looks = "\n".join(left.look for left in remains())
    for settings in (lab(), production(), one_machine()):
        for context in contexts(settings):
            needed = placement.needs(context, roles_of(settings, context.groups))
            for account in needed.accounts:
                assert f"getent passwd {account.name} " in looks
            for unit in needed.masked.values():
                assert f"is-enabled {unit} " in looks


def test_what_a_backup_saves_is_what_only_a_purge_removes() -> None:
    paths = {path for left in remains() for path in left.paths}
    saved = {path for role in roles() for backup in role.backups for path in backup.paths if path.startswith(VAR)}
    assert saved and saved <= paths


def test_this_machine_answers_with_what_is_its_own() -> None:
    seen = answered("\n".join(lines(question())))

    assert [line for line in seen.running if line.startswith("the process")] == [], "those of lab hosts are not its own"


def test_answer_that_was_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="unit"):
        answered("path /opt/envivo/stack\nunit envivo-stack.service")


def number(name: str) -> int:
    return next(place for place, left in enumerate(remains()) if left.name == name)


def test_what_a_removal_may_not_leave() -> None:
    recordings = number("recordings")
    seen = answered(
        f"path {OPT}/stack\nfile {OPT}/stack/mine.sh\nfile {OPT}/stack/compose.yml\nfile {ETC}/notes.txt\n"
        f"unit envivo-stack.service\ncontainer envivo-web-1\n"
        f"remains {recordings} /var/lib/envivo/recordings (1200000 KiB)\n"
        "package coturn\nsocket tcp LISTEN 0 4096 *:8889 *:*\nend"
    )

    assert seen.foreign == [f"{ETC}/notes.txt", f"{OPT}/stack/mine.sh"]
    assert seen.of_envivo == ["the unit envivo-stack.service", "the container envivo-web-1", f"{OPT}/stack/compose.yml"]
    assert seen.kept() == ["/var/lib/envivo/recordings (1.2 GB)"] and seen.kept(purged=True) == []
    assert [left.name for left, _ in seen.purged()] == ["recordings"]
    assert seen.packages == ("coturn",)


def test_mounts_of_what_remains_are_not_searched_for_files_of_others() -> None:
    """A bind mount is of the same file system: find would show each recording a second time."""
    assert f"-path {recordings_mount.SHOWN} -prune" in question()


def test_files_of_others_alone_are_nothing_of_envivo() -> None:
    seen = Seen(frozenset({f"{OPT}/stack"}), (f"{OPT}/stack/mine.sh",))
    assert seen.of_envivo == [] and seen.installed == [] and seen.foreign == [f"{OPT}/stack/mine.sh"]


def test_empty_directory_of_envivo_is_envivos() -> None:
    assert Seen(frozenset({f"{OPT}/stack"})).of_envivo == [f"{OPT}/stack"]
