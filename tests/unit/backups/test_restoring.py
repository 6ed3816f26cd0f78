"""Where the data of a backup's hosts belong now."""

import pytest

from envivo.core.errors import EnvivoError
from envivo.inventory import Host, Inventory
from envivo.orchestration.backups import restoring
from envivo.orchestration.backups.archive import Contents
from envivo.orchestration.backups.saving import items, members
from envivo.orchestration.environment import environment
from envivo.orchestration.roles import roles
from tests.unit.settings.environments import THREE_MACHINES, filled_in


def inventory(**groups: str) -> Inventory:
    """The host of each group."""
    settings = environment(**filled_in(THREE_MACHINES))
    of = {host: tuple(group for group, name in groups.items() if name == host) for host in groups.values()}
    hosts = tuple(Host(name, mine, {"settings": settings}) for name, mine in of.items())
    return Inventory("home", hosts, "inventories/home.py")


APART = {"media": "attic", "turn": "relay", "cameras": "garden"}
CADDY, CERTBOT = ("attic", "caddy"), ("relay", "letsencrypt")


def placed(read: Inventory, *streams: tuple[str, str]) -> dict[tuple[str, str], str]:
    contents = Contents({"env": "home"}, {}, streams)
    return {stream: item.host for stream, item in restoring.places_of(contents, read).items()}


def test_recordings_are_saved_on_request_alone() -> None:
    read = inventory(**APART)
    found = [(item.host, item.backup.name) for item in items(read, recordings=False)]
    assert found == [("attic", "caddy"), ("relay", "letsencrypt")]
    assert ("attic", "recordings") in [(item.host, item.backup.name) for item in items(read, recordings=True)]


def test_data_return_to_the_host_of_their_name() -> None:
    assert placed(inventory(**APART), CADDY, CERTBOT) == {CADDY: "attic", CERTBOT: "relay"}


def test_data_of_a_renamed_host_go_where_the_role_is_now() -> None:
    read = inventory(**{**APART, "media": "cellar"})
    assert placed(read, CADDY) == {CADDY: "cellar"}


def test_data_that_no_host_takes_are_refused() -> None:
    with pytest.raises(
        EnvivoError, match=r"inventories/home\.py: no host can receive unknown of attic: give one host the name attic"
    ):
        placed(inventory(**APART), ("attic", "unknown"))


def test_tar_writes_only_what_a_role_names() -> None:
    for role in roles():
        for backup in role.backups:
            assert all(path.startswith("/") and path.count("/") > 1 for path in backup.paths)
            assert members(backup) == " ".join(path[1:] for path in backup.paths)
