"""`envivo camera diagnose` on a camera host that is there, or not: which steps it takes, and what it changes."""

import json
from typing import Any

import pytest

from envivo.remote import CommandResult
from envivo.roles.camera.diagnose import Step, steps
from envivo.state import stopped
from tests.unit.roles.test_camera_diagnose import CONFIGURATION, DEPLOY, FOUND, INSTALLED, LIVE, NO_CAMERA, WANTED


class CameraHost:
    """Answers as a camera host does, and keeps what changes it."""

    def __init__(
        self, *, deployed: bool = True, state: str = "stalled", unit: str = "active", tried: str = "",
        configuration: str = CONFIGURATION, written: str = "17.500000000", boots: str = "enabled",
    ) -> None:  # fmt: skip
        self._deployed, self._state, self._unit, self._tried = deployed, state, unit, tried
        self._configuration, self._written, self._boots = configuration, written, boots
        self.changes: list[str] = []

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        assert within_s > 0
        if command.startswith("test -d "):
            return CommandResult(0 if self._deployed else 1, "", "")
        if command.startswith("systemctl show "):
            return CommandResult(0, f"ActiveState={self._unit}\nUnitFileState={self._boots}\n", "")
        if command == stopped.question_about("envivo-agent@live-webcam.service"):
            return CommandResult(1, "", "")
        if command.startswith("cat /etc/envivo/agent/"):
            return CommandResult(0, self._configuration, "")
        if command.startswith("stat -c %.9Y "):
            return CommandResult(0, f"{self._written}\n", "")
        if " cat /run/envivo-agent/" in command:
            return CommandResult(0, json.dumps({**LIVE, "state": self._state}), "")
        self.changes.append("try" if " --try " in command else command)
        if " --try " in command and not self._tried:
            raise OSError("the connection is gone")
        return CommandResult(1, self._tried, "")


def diagnosed(host: Any) -> list[Step]:
    return list(steps(host, "live/webcam", DEPLOY, WANTED))


def test_camera_without_an_agent_is_to_be_deployed() -> None:
    host = CameraHost(deployed=False)

    assert diagnosed(host) == [Step("deployed", False, "there is no agent for this camera", DEPLOY)]
    assert host.changes == []


STOP = "systemctl stop envivo-agent@live-webcam.service"
START = "systemctl --no-block start envivo-agent@live-webcam.service"


@pytest.mark.parametrize(("unit", "after"), [("active", [START]), ("failed", [START]), ("inactive", [])])
def test_agent_that_is_not_live_is_stopped_for_the_trial_and_runs_again_if_it_ran(unit: str, after: list[str]) -> None:
    host = CameraHost(unit=unit, tried=INSTALLED + NO_CAMERA)

    service, *found = diagnosed(host)
    assert found == FOUND
    assert (service.name, service.ok) == ("service", unit == "active")
    assert host.changes == [STOP, "try", *after]


UNIT = "envivo-agent@live-webcam.service"


@pytest.mark.parametrize(
    ("host", "step"),
    [
        ({"unit": "inactive"},
         Step("service", False, f"{UNIT} is inactive: nobody publishes", "envivo restart ENV live/webcam")),
        ({"unit": "failed"},
         Step("service", False, f"{UNIT} is failed: nobody publishes", "envivo restart ENV live/webcam")),
        ({"boots": "disabled"}, Step("service", False, f"{UNIT} does not start at boot", f"systemctl enable {UNIT}")),
        ({"written": "18.000000000"},
         Step("service", False, f"{UNIT} runs with an older configuration", f"systemctl reload {UNIT}")),
        ({"configuration": CONFIGURATION.replace("30", "15")},
         Step("deployed", False, "its configuration is not as the settings say: video.fps is 15 instead of 30",
              DEPLOY)),
    ],
    ids=["stopped", "failed", "disabled", "old", "changed by hand"],
)  # fmt: skip
def test_agent_that_is_not_as_configured_is_a_failure_and_the_other_steps_follow(host: Any, step: Step) -> None:
    found = diagnosed(CameraHost(tried=INSTALLED, **host))
    assert next(one for one in found if not one.ok) == step
    assert FOUND[0] in found


def test_agent_runs_again_where_the_connection_ends_in_the_trial() -> None:
    host = CameraHost()

    with pytest.raises(OSError, match="is gone"):
        diagnosed(host)
    assert host.changes == [STOP, "try", START]
