"""The scripts that exchange a configuration: what the shell can say of them without a host."""

from collections.abc import Callable
from functools import partial

import pytest

from envivo.render import revision
from envivo.roles.media import desired
from envivo.roles.turn import desired as turn
from envivo.state.desired import ServiceConfig
from tests.unit.operations.shell import sh
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import PASSWORD, lab, production
from tests.unit.settings.hosts import endpoints

SWITCHES = {"mediamtx": desired.mediamtx_config, "caddy": desired.caddy_config}


def of_coturn() -> ServiceConfig:
    settings = production()
    assert settings.turn is not None
    return turn.config(settings.turn, endpoints(settings))


CONFIGS: dict[str, Callable[[], ServiceConfig]] = {
    **{name: partial(switch, lab().media, ARTIFACTS) for name, switch in SWITCHES.items()},
    **{f"{name} with TLS": partial(switch, production().media, ARTIFACTS) for name, switch in SWITCHES.items()},
    "coturn": of_coturn,
}


@pytest.fixture(params=CONFIGS)
def config(request: pytest.FixtureRequest) -> ServiceConfig:
    return CONFIGS[request.param]()


def test_switch_is_a_script_that_the_shell_can_read(config: ServiceConfig) -> None:
    assert sh(f"set -n\n{config.script}").stderr == ""


def test_switch_holds_no_secret_and_none_of_the_content(config: ServiceConfig) -> None:
    # it is an argument of a remote shell, which every user of the host can see
    assert PASSWORD not in config.script
    assert "sha256:" not in config.script
    long_lines = [line for line in config.content.splitlines() if len(line) > 30]
    assert long_lines and not any(line in config.script for line in long_lines)


def test_switch_waits_for_the_revision_that_the_content_holds(config: ServiceConfig) -> None:
    assert config.revision in config.content
    assert config.revision == revision(config.content.replace(config.revision, ""))
    if "turnserver.conf" not in config.path:  # which has to be started anew, and cannot be asked
        assert f"grep -qF '{config.revision}'" in config.script


def test_switch_judges_with_the_pinned_image() -> None:
    for name, image in (("mediamtx", ARTIFACTS.mediamtx), ("caddy", ARTIFACTS.caddy)):
        assert f" {image.reference} " in SWITCHES[name](lab().media, ARTIFACTS).script


def test_mediamtx_is_judged_aloud_however_quiet_it_will_be() -> None:
    for level in ("error", "warn", "info", "debug"):
        config = desired.mediamtx_config(lab(mediamtx={"log_level": level}).media, ARTIFACTS)

        assert f"logLevel: {level}\n" in config.content
        assert " -e MTX_LOGLEVEL=info " in config.script and "[API] started" in config.script


def test_switch_stages_outside_the_directory_that_the_service_watches(config: ServiceConfig) -> None:
    staged = next(line for line in config.script.splitlines() if line.startswith("staged="))

    assert staged.startswith("staged=/etc/envivo/.staged/")
    assert not config.path.startswith(staged.removeprefix("staged="))
