"""Which of pyinfra's keys an inventory may have: the page says so, and each other one is refused, never ignored."""

import re
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.arguments import auth_argument_meta
from pyinfra.connectors.ssh import connector_data_meta

from envivo.core.paths import PROJECT
from envivo.orchestration.validation import invalid_keys
from envivo.ssh.keys import KEYS, REFUSED
from tests.unit.ssh import test_reach, test_sudo

PAGE = PROJECT / "docs" / "reference" / "ssh.md"


def test_every_key_of_pyinfra_is_followed_or_refused() -> None:
    assert set(connector_data_meta) | set(auth_argument_meta) <= set(KEYS) | set(REFUSED)
    assert not set(KEYS) & set(REFUSED)


def test_page_lists_each_key_that_is_followed() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE) == list(KEYS)


def test_each_key_that_is_followed_is_tried_with_real_servers() -> None:
    tried = "\n".join(Path(str(module.__file__)).read_text() for module in (test_reach, test_sudo))
    assert [key for key in KEYS if key not in tried] == []


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"ssh_prot": 22}, ["ssh_prot: unknown key: did you mean ssh_port?"]),
        ({"ssh_zzz": 1}, ["ssh_zzz: unknown key: docs/reference/ssh.md lists all"]),
        ({"ssh_key": "~/none"}, ["ssh_key: '{home}/none' is not a file: fix the path"]),
        ({"ssh_key": "tests"}, ["ssh_key: '{project}/tests' is not a file: fix the path"]),
        # with which OpenSSH reads none
        ({"ssh_config_file": "/dev/null"}, []),
        ({"ssh_config_file": "none"}, ["ssh_config_file: '{project}/none' is not a file: fix the path"]),
        ({"ssh_key": "pyproject.toml"}, []),
        ({"ssh_user": 5}, ["ssh_user: must be a string, is 5"]),
        ({"ssh_user": "a\nb"}, ["ssh_user: must be a string, is 'a\\nb'"]),
        ({"ssh_password": 5}, ["ssh_password: must be a string, such as os.environ[...]"]),
        ({"_sudo": "yes"}, ["_sudo: must be True or False, is 'yes'"]),
        ({"ssh_strict_host_key_checking": "maybe"},
         ["ssh_strict_host_key_checking: must be one of yes, no, off, ask, accept-new, is 'maybe'"]),
        ({"ssh_connect_retries": -1}, ["ssh_connect_retries: must be a number, is -1"]),
        ({"ssh_paramiko_connect_kwargs": {"compress": True}},
         ["ssh_paramiko_connect_kwargs: is not supported: envivo connects with OpenSSH: put it into your SSH "
          "configuration (~/.ssh/config, or the file that ssh_config_file names)"]),
        ({"_su_user": "root"}, ["_su_user: is not supported: log in as root, or set _sudo = True"]),
        ({"_doas": True, "_use_sudo_login": False}, ["_doas: is not supported: log in as root, or set _sudo = True"]),
        ({5: "a", None: 1}, ["5: must be text, like all names of data",
                             "None: must be text, like all names of data"]),
        ({"ssh_key": "/" + "x" * 5000}, ["ssh_key: '/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxx"
                                         "xxxxxxxxxxxxxx' is not a file: fix the path"]),
        ({"ssh_user": None, "settings": object(), "_env": {}}, []),
    ],
)  # fmt: skip
def test_key_that_cannot_be_followed_is_refused(data: dict[Any, Any], found: list[str]) -> None:
    said = list(map(str, invalid_keys("home", {"attic": data, "@docker/x": data})))
    places = {"home": Path("~").expanduser(), "project": PROJECT}
    assert said == [f"inventories/home.py: attic: {line.format(**places)}" for line in found]
