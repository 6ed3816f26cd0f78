"""The scripts that exchange a configuration: what the shell can say of them without a host."""

import subprocess

import pytest

from envivo.operations.switch import Config
from roles.media import desired
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import PASSWORD, lab

SWITCHES = {"mediamtx": desired.mediamtx_config, "caddy": desired.caddy_config}


@pytest.fixture(params=SWITCHES)
def config(request: pytest.FixtureRequest) -> Config:
    return SWITCHES[request.param](lab(), ARTIFACTS)


def test_switch_is_a_script_that_the_shell_can_read(config: Config) -> None:
    read = subprocess.run(["/bin/sh", "-n"], input=config.script, text=True, capture_output=True, check=False)

    assert (read.returncode, read.stderr) == (0, "")


def test_switch_holds_no_secret_and_none_of_the_content(config: Config) -> None:
    # it is an argument of a remote shell, which every user of the host can see
    assert PASSWORD not in config.script
    assert "sha256:" not in config.script
    long_lines = [line for line in config.content.splitlines() if len(line) > 30]
    assert long_lines and not any(line in config.script for line in long_lines)


def test_switch_waits_for_the_revision_that_the_content_holds(config: Config) -> None:
    assert config.revision in config.content
    assert f"grep -qF '{config.revision}'" in config.script


def test_switch_judges_with_the_pinned_image() -> None:
    for name, image in (("mediamtx", ARTIFACTS.mediamtx), ("caddy", ARTIFACTS.caddy)):
        assert f" {image.reference} " in SWITCHES[name](lab(), ARTIFACTS).script


def test_switch_stages_outside_the_directory_that_the_service_watches(config: Config) -> None:
    staged = next(line for line in config.script.splitlines() if line.startswith("staged="))

    assert staged.startswith("staged=/etc/envivo/.staged/")
    assert not config.path.startswith(staged.removeprefix("staged="))
