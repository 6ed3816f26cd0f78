"""A deploy ends with its result: where to look, which paths are live, which are not and why, what to run next."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.plan.conftest import ANSWERS, APART, TOGETHER, Controller

ABSENT = "/dev/video7 does not exist: plug the camera in, or fix the name"
PAGE = "http://192.0.2.1:8080/web"


def answers(online: bool, **status: Any) -> dict[str, Any]:
    path = {"name": "webcam", "online": online, "source": {"type": "rtspSession"} if online else None}
    said = json.dumps({"configuration_written": "17.5", "fps": 30, "last_error": "", **status})
    return {
        "paths/list?itemsPerPage": json.dumps({"items": [path]}),
        "systemctl is-active envivo-agent@webcam.service": f"active 17.5 {said}",
        **ANSWERS,
    }


NOT_UNDERSTOOD = {"ss -Hlntup": ["root 0", "systemd", "os debian-13", "free much /"]}
"""A fact that fails its host."""


def result(stderr: str) -> list[str]:
    """What comes after pyinfra has said everything that it has to say."""
    lines = stderr.partition("--> Disconnecting from hosts...")[2].splitlines()
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("groups", [TOGETHER, APART], ids=["together", "apart"])
@pytest.mark.parametrize(
    ("online", "status", "title", "state", "first"),
    [
        (True, {"state": "live"}, "1 path is live", f"live: {PAGE}/player.html?path=webcam", ""),
        (False, {"state": "waiting-camera", "last_error": ABSENT},
         "no path is live, 1 is not but should be", f"not live: {ABSENT}", "envivo camera diagnose lab webcam, then "),
    ],
    ids=["live", "absent"],
)  # fmt: skip
def test_deploy_ends_with_its_result(
    controller: Controller, groups: dict[str, list[str]], online: bool, status: Any, title: str, state: str, first: str
) -> None:
    data = controller.settings()
    run = controller.deploy(controller.inventory(groups, answers=answers(online, **status)), *data)
    assert run.returncode == 0, run.stderr
    assert result(run.stderr) == [
        f"--> lab: {title}",
        f"    webcam  {state}",
        f"    all paths: {PAGE}/",
        f"    next: {first}envivo verify lab {' '.join(data)}",
    ]


def test_plan_has_no_result(controller: Controller) -> None:
    run = controller.pyinfra(
        controller.inventory(TOGETHER, answers=answers(True, state="live")),
        "deploy.py",
        "--dry",
        *controller.settings(),
    )
    assert run.returncode == 0, run.stderr
    assert result(run.stderr) == []


def test_failed_host_is_in_the_result(controller: Controller) -> None:
    fine, file = answers(True, state="live"), Path(controller.inventory(APART))
    data = {"ssh_hostname": "192.0.2.1", "fake_delay": 0, "fake_delay_jitter": 0}
    media, camera = (repr({**data, "fake_responses": said}) for said in (fine, {**fine, **NOT_UNDERSTOOD}))
    file.write_text(f"media = [('@fake/media1', {media})]\ncameras = [('@fake/cam1', {camera})]\n")
    run = controller.deploy(str(file), *controller.settings())
    first, second, *_, last = result(run.stderr)
    assert run.returncode == 1
    assert first == "--> lab: the deploy failed on @fake/cam1: the errors above say why"
    assert second == "--> lab: 1 path is live"
    assert last.startswith("    next: fix that, then pyinfra inventories/lab.py deploy.py --group-data ")


def test_deploy_that_failed_everywhere_says_so_last(controller: Controller) -> None:
    inventory = controller.inventory(TOGETHER, answers={**answers(False), **NOT_UNDERSTOOD})
    run = controller.deploy(inventory, *controller.settings())
    assert run.returncode == 1
    first, *_ = result(run.stderr)
    assert first == "--> lab: the deploy failed on @fake/lab1: the errors above say why"


def test_result_has_the_address_that_the_media_host_has_of_its_own(controller: Controller) -> None:
    own = {"media1": {"public_address": "198.51.100.77"}}
    inventory = controller.inventory(APART, answers=answers(True, state="live"), own=own)

    run = controller.deploy(inventory, *controller.settings())

    assert "    all paths: http://198.51.100.77:8080/web/" in result(run.stderr)
