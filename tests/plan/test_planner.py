"""What a deploy would change, asked of pyinfra on hosts that it makes up."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from envivo.core.errors import EnvivoError
from envivo.core.problems import Problem
from envivo.plan.origin import BOTH, SETTINGS, UNKNOWN
from envivo.plan.planning import Change, Planner, planner
from envivo.state.release import KeptFile, Release
from tests.e2e.drifts import FROM_OUTSIDE, LAB, STAGING
from tests.patience import patient
from tests.plan.conftest import ANSWERS, APART, PASSWORD, PUBLIC_ANSWERS, THREE_MACHINES, TOGETHER, Controller
from tests.plan.test_plan import BASE, CAMERAS, CERTIFICATES_OF_ITS_OWN, DOCKER, MEDIA_WITH_TLS, TURN


def given(inventory: str, group_data: list[str]) -> tuple[str, list[Path]]:
    """The arguments of `planner`."""
    return inventory, [Path(one) for one in group_data if one != "--group-data"]


@contextmanager
def lab(controller: Controller, groups: Mapping[str, Any] = APART, **answers: Any) -> Iterator[Planner]:
    """`answers`: part of a command -> what the hosts print."""
    inventory = controller.inventory(groups, answers={**ANSWERS, **answers})
    with planner(*given(inventory, controller.settings())) as plans:
        yield plans


def changing(plans: Planner, host: str) -> dict[str, Change]:
    return {change.operation: change for change in plans.plan(f"@fake/{host}", patient(60)).changes}


def test_each_host_is_looked_at_when_it_is_asked_for(controller: Controller) -> None:
    with lab(controller) as plans:
        camera = changing(plans, "cam1")
        media = changing(plans, "media1")

    assert CAMERAS[0] in camera and "Media | Switch to mediamtx.yml" not in camera
    assert CAMERAS[0] not in media and "Media | Switch to mediamtx.yml" in media


LACKING = {
    "echo 'coturn wanted'": ["coturn wanted"],
    "for path in": ["/etc/envivo/agent"],
    "[ ! -s /etc/envivo/tls/server.crt ]": ["absent /etc/envivo/tls/server.crt"],
    "[ ! -s /etc/envivo/turn/tls/server.crt ]": ["absent /etc/envivo/turn/tls/server.crt"],
}
"""What a bare host says where a host that says nothing is in order."""
REFUSES = next(name for name in BASE if name.startswith("Base | Check"))
TAKES_THE_HOST = next(name for name in BASE if name.startswith("Take the deploy lock"))
FORECASTS = MEDIA_WITH_TLS[MEDIA_WITH_TLS.index("Media | Forecast the recordings")]
ALL_OPERATIONS = {*BASE, *CERTIFICATES_OF_ITS_OWN, *DOCKER, *MEDIA_WITH_TLS, *TURN, *CAMERAS}
"""Of deploy.py, as tests/plan/test_plan.py holds them."""


def test_every_operation_that_would_change_something_says_what(controller: Controller) -> None:
    inventory = controller.inventory(THREE_MACHINES, env="prod", answers={**PUBLIC_ANSWERS, **LACKING})
    with planner(*given(inventory, controller.production())) as plans:
        found = [changing(plans, host) for host in ("media1", "turn1", "cam1")]

    assert [name for changes in found for name, change in changes.items() if not change.differences] == []
    assert {name for changes in found for name in changes} == ALL_OPERATIONS - {REFUSES, TAKES_THE_HOST, FORECASTS}


def test_every_operation_is_tried_on_a_lab_host_too() -> None:
    """A new operation needs a change by hand that `envivo verify` names and a deploy puts right."""
    tried = {drift.operation for drift in (*LAB[0], *LAB[1], *STAGING)}

    assert not tried & FROM_OUTSIDE
    assert tried | FROM_OUTSIDE == ALL_OPERATIONS


@pytest.mark.parametrize(
    ("command", "answer", "said"),
    [
        ("echo 'curl wanted'", ["curl wanted", "git wanted", "git ii"], "curl is not installed"),
        ("find -H /etc/envivo /opt/envivo", ["777|root|root|d|/etc/envivo", "755|root|root|d|/opt/envivo"],
         "/etc/envivo has mode 777 instead of 755"),
        ("sha256sum /etc/envivo/caddy/Caddyfile", [f"{'0' * 64}  f", "666 root envivo", "--", ""],
         "/etc/envivo/caddy/Caddyfile has other content, mode 666 instead of 640"),
        ("for path in", ["/etc/envivo/turn"], "coturn is no longer configured (/etc/envivo/turn)"),
    ],
)  # fmt: skip
def test_what_a_host_answers_is_told_in_the_words_of_the_operation(
    controller: Controller, command: str, answer: list[str], said: str
) -> None:
    with lab(controller, TOGETHER, **{command: answer}) as plans:
        changes = changing(plans, "lab1")

    assert said in [str(one) for change in changes.values() for one in change.differences]


def test_files_that_no_operation_brings_are_told(controller: Controller) -> None:
    files = [
        "/etc/envivo/notes.txt",
        "/etc/envivo/caddy/Caddyfile",
        "/opt/envivo/player/player.html",
        "/opt/envivo/x/y",
    ]
    with lab(controller, TOGETHER, **{"-name .staged": files}) as plans:
        assert plans.plan("@fake/lab1", patient(60)).strays == ("/etc/envivo/notes.txt", "/opt/envivo/x/y")


def test_differences_are_compared_with_the_last_deploy(controller: Controller) -> None:
    page, yml = "/opt/envivo/player/player.html", "/etc/envivo/mediamtx/mediamtx.yml"
    files = [KeptFile(path, "a" * 64, "644", "root", "root") for path in (page, yml)]
    release = Release(3, "2026-11-30T19:00:00+00:00", "alice@laptop", "0.1.0", "d", files)
    as_brought = [f"644|root|root|f|{page}", f"{'a' * 64}  {page}"]
    beside = ["/etc/envivo/notes.txt", "envivo: its release", release.text, *as_brought]
    with lab(controller, TOGETHER, **{"-name .staged": beside}) as plans:
        plan = plans.plan("@fake/lab1", patient(60))

    assert (plan.release, plan.strays) == ("release 3, 2026-11-30 19:00 UTC, alice@laptop", ("/etc/envivo/notes.txt",))
    origins = {difference.subject: where for change in plan.changes for difference, where in change.listed}
    assert (origins[page], origins[yml], origins["/opt/envivo/player/index.html"]) == (SETTINGS, BOTH, SETTINGS)
    assert origins["the account envivo"] == UNKNOWN


def test_what_the_project_prints_is_no_answer(controller: Controller) -> None:
    inventory = Path(controller.inventory(APART, answers=ANSWERS))
    inventory.write_text(f"print('hello from the inventory')\n{inventory.read_text()}")
    with planner(*given(str(inventory), controller.settings())) as plans:
        assert CAMERAS[0] in changing(plans, "cam1")


def test_refusal_of_the_host_is_told(controller: Controller) -> None:
    with lab(controller, TOGETHER, **{"ss -Hlntup": ["root 0", "systemd", "os debian-11", "free 75109 /"]}) as plans:
        changes = changing(plans, "lab1")

    assert changes[REFUSES].refusals == (Problem("", "the system is debian-11", "must be debian-13"),)


def test_host_whose_answer_is_not_understood_has_no_plan_and_the_next_one_has(controller: Controller) -> None:
    inventory = controller.inventory(APART, answers={"sha256sum /etc/envivo/caddy": ["what?"], **ANSWERS})
    with planner(*given(inventory, controller.settings())) as plans:
        with pytest.raises(EnvivoError, match=r"@fake/media1: cannot find out what a deploy would change \(.+Live"):
            plans.plan("@fake/media1", patient(60))
        assert CAMERAS[0] in changing(plans, "cam1")


def test_settings_that_are_wrong_are_the_reason(controller: Controller) -> None:
    inventory = controller.inventory(TOGETHER)
    with (
        planner(*given(inventory, controller.settings(mediamtx={"rtmp_port": 0}))) as plans,
        pytest.raises(EnvivoError, match="cannot find out"),
    ):
        plans.plan("@fake/lab1", patient(60))


def test_inventory_that_cannot_be_read_is_the_reason(tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text("media = nonsense\n")
    with planner(str(tmp_path / "lab.py"), []) as plans:
        for host in ("media1", "cam1"):  # the second one is asked for when the process has ended
            with pytest.raises(EnvivoError, match=r"cannot find out .+nonsense"):
                plans.plan(host, patient(60))


def test_host_that_never_answers_ends_the_wait_and_names_the_limit(controller: Controller) -> None:
    slow = {"fake_responses": ANSWERS, "fake_delay": 3600, "fake_delay_jitter": 0}
    inventory = controller.directory / "lab.py"
    inventory.write_text(f"media = cameras = [('@fake/lab1', {slow!r})]\n")
    with (
        planner(*given(str(inventory), controller.settings())) as plans,
        pytest.raises(EnvivoError, match=r"no answer within 0\.1 s"),
    ):
        plans.plan("@fake/lab1", 0.1)


def test_no_secret_leaves_the_planner(controller: Controller) -> None:
    inventory, group_data = given(controller.inventory(APART), controller.settings())
    done = subprocess.run(
        [sys.executable, "-m", "envivo.plan.planner", inventory, *map(str, group_data)],
        input='["@fake/media1", "", {}, ""]\n["@fake/cam1", "", {}, ""]\n', capture_output=True, text=True, check=True,
        timeout=patient(60),
    )  # fmt: skip

    assert done.stdout.count('"host"') == 2
    assert PASSWORD not in done.stdout + done.stderr
