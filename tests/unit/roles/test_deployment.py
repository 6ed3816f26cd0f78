"""Whether an inventory fits: what pyinfra's hosts say of themselves."""

from typing import Any

import pytest

from envivo.orchestration.validation import one_machine_twice

ELSEWHERE = {"ssh_hostname": "198.51.100.11"}
HERE = {"ssh_hostname": "198.51.100.10"}


@pytest.mark.parametrize(
    ("hosts", "found"),
    [
        ({"media": HERE, "turn": ELSEWHERE}, []),
        ({"media": HERE, "turn": {**HERE, "ssh_port": 2222}}, []),
        ({"media.company.net": {}, "turn": ELSEWHERE}, []),
        ({"@local": {}, "@docker/turn": {}}, []),
        ({"media": HERE, "turn": HERE},
         ["inventories/prod.py: turn: is the machine of media: give it one name, in all its groups"]),
        ({"198.51.100.10": {}, "turn": {**HERE, "ssh_port": 22}},
         ["inventories/prod.py: turn: is the machine of 198.51.100.10: give it one name, in all its groups"]),
    ],
)  # fmt: skip
def test_machine_with_two_names_is_found(hosts: dict[str, dict[str, Any]], found: list[str]) -> None:
    """Each of its names would remove what the other one brought."""
    assert list(map(str, one_machine_twice("prod", hosts))) == found
