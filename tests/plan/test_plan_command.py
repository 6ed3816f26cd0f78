"""`envivo plan` on hosts that pyinfra makes up: what it says, its exit codes, and that it tells no secret."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from envivo.core.paths import PROJECT as ROOT
from envivo.state.stopped import question
from tests.patience import patient
from tests.plan.conftest import ANSWERS, APART, PASSWORD, TOGETHER, Controller

OLD = "canary-old-9876543210-Zx3"
BY_HAND = "hunter-of-the-host-22"
YML = "/etc/envivo/mediamtx/mediamtx.yml"
MONITOR = "/etc/envivo/monitor.curl"
AGENT = "/etc/envivo/agent/webcam.json"
OF_OTHERS = ["", "", "running", "none", "", "sha256:0", "", "", "0", "/notes"]
"""A container with the project's label, as envivo.state.containers.inspection prints it."""
SILENT = {**ANSWERS, "systemctl show": [], "for path in": []}


def content(path: str, text: str, mode: str = "640") -> str:
    return f"content {mode} {base64.b64encode(text.encode()).decode()} {path}"


DEPLOYED_BEFORE = {
    "-name .staged": ["/etc/envivo/notes.txt"],
    f"sha256sum {YML}": [f"{'0' * 64}  f", "640 root envivo", "--", ""],
    "find -H": [f"600|root|root|f|{MONITOR}", f"{'0' * 64}  {MONITOR}", f"640|root|envivo-agent|f|{AGENT}",
                f"{'0' * 64}  {AGENT}"],
    "-size -": [
        content(YML, f"logLevel: debug\nauthInternalUsers:\n  - user: eve\n    pass: {BY_HAND}\n"
                     f"webrtcICEServers2:\n  - password: {OLD}\n# {OLD}\n"),
        content(MONITOR, f'user = "monitor:{OLD}"\nmax-time = 6\nsilent\n', "600"),
        content(AGENT, json.dumps({"publish": {"password": OLD}}, indent=2)),
    ],
    "docker ps -aq": [json.dumps(OF_OTHERS)],
}  # fmt: skip
"""What the hosts of a deploy with other passwords say, on which somebody has been at work."""


def envivo(controller: Controller, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`envivo ARGUMENTS` in the project that the test's files are made into."""
    variables = {**os.environ, "ENVIVO_PROJECT": str(controller.directory), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", "from envivo.cli import main; main()", *arguments], cwd=controller.directory,
        env=variables, capture_output=True, text=True, timeout=patient(120), check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def project(controller: Controller) -> Controller:
    """Where inventories are written into a project."""
    for name in ("config.py", "deploy.py"):
        (controller.directory / name).write_bytes((ROOT / name).read_bytes())
    (controller.directory / "inventories").mkdir()
    (controller.directory / "group_data").mkdir()
    return controller


def planned(
    project: Controller, answers: Mapping[str, Any], *options: str, groups: Mapping[str, Sequence[str]] = TOGETHER
) -> subprocess.CompletedProcess[str]:
    file = Path(project.inventory(groups, answers={**ANSWERS, **answers}))
    file.rename(project.directory / "inventories" / file.name)
    return envivo(project, "plan", "lab", *project.settings(public_address="192.0.2.1"), *options)


def test_no_secret_of_settings_or_host_is_told(project: Controller) -> None:
    for options in ([], ["--json"]):
        done = planned(project, DEPLOYED_BEFORE, *options)

        assert done.returncode == 3, done.stdout + done.stderr
        for place in (YML, MONITOR, AGENT):
            assert f"{place}" in done.stdout
        for secret in (PASSWORD, OLD, BY_HAND):
            assert secret not in done.stdout + done.stderr


def test_first_plan_of_a_host_counts_what_is_new_and_lists_the_rest(project: Controller) -> None:
    file, options = "inventories/lab.py", project.settings(public_address="192.0.2.1")
    short = planned(project, {}).stdout.splitlines()
    done = envivo(project, "plan", "lab", *options, "--full")
    full = done.stdout.splitlines()
    rows = json.loads(envivo(project, "plan", "lab", *options, "--json").stdout)["plan"]["@fake/lab1"]["operations"]

    assert (project.directory / file).is_file() and done.returncode == 3
    assert len(short) < 20 < len(full)
    (new,) = [line for line in short if line.startswith("  + ")]
    assert re.fullmatch(
        r"  \+ 2 accounts, \d{2,} files and directories, 2 images, 2 containers, \d+ units: "
        r"to list them, envivo plan lab --full",
        new,
    )
    assert [line for line in short if line.startswith("    ~ ")] == [
        "    ~ /etc/docker/daemon.json does not say live-restore"
    ]
    listed = {line for line in full if line.startswith("    ")}
    differences = [row for operation in rows for row in operation["differences"]]
    assert {f"{row['subject']} {row['what']}" for row in differences} == {line[6:] for line in listed}


def test_plan_says_what_differs_whom_it_costs_and_what_others_brought(project: Controller) -> None:
    done = planned(project, DEPLOYED_BEFORE, "--full")

    first, *rest = done.stdout.splitlines()
    assert first == "lab: a deploy would change 1 of 1 host; it interrupts everybody"
    for line in (
        "  Media | Switch to mediamtx.yml",
        f"    ~ {YML} has other content",
        "        -logLevel: debug",
        "        +logLevel: info",
        "        -    pass: ***",
        '        -user = "monitor:***"',
        '        +user = "monitor:***"',
        "    + the container mediamtx is not there",
        "  left alone, since no deploy has brought it: /etc/envivo/notes.txt",
        "  left alone, since no deploy has brought it: the container notes",
    ):
        assert line in rest, done.stdout


def test_what_a_person_has_stopped_stays_stopped_and_is_not_planned(project: Controller) -> None:
    marker = json.dumps({"program": "mediamtx", "by": "alice@laptop", "since": "2026-11-30 10:02 UTC"})
    done = planned(project, {**DEPLOYED_BEFORE, question(): [f"mediamtx {marker}"]}, "--full")

    lines = done.stdout.splitlines()
    stays = "mediamtx stays stopped by alice@laptop since 2026-11-30 10:02 UTC: to start it, envivo start lab mediamtx"
    assert f"  {stays}" in lines, done.stdout + done.stderr
    assert "    + the container caddy is not there" in lines
    assert "    + the container mediamtx is not there" not in lines


def test_host_that_is_refused_is_a_finding_and_the_other_one_is_planned(project: Controller) -> None:
    old = {"ss -Hlntup": ["root 0", "systemd", "os debian-11", "free 75109 /"]}
    done = planned(project, old, "--json", groups=APART)

    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert {finding["code"] for finding in said["findings"]} == {"deploy-refused"}
    assert said["plan"].keys() == {"@fake/media1", "@fake/cam1"}
    assert all(host["operations"] for host in said["plan"].values())


def test_host_that_cannot_be_read_is_a_finding(project: Controller) -> None:
    done = planned(project, {f"sha256sum {YML}": ["what?"]}, groups=APART)

    assert done.returncode == 1
    assert "@fake/media1 could not be checked" in done.stdout.splitlines()[0]
    assert "\n@fake/cam1 (no release yet)\n" in done.stdout


def test_wrong_settings_are_refused_before_any_host_is_looked_at(project: Controller) -> None:
    file = Path(project.inventory(TOGETHER))
    file.rename(project.directory / "inventories" / file.name)
    done = envivo(project, "plan", "lab", *project.settings(mediamtx={"rtmp_port": 0}), "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"]
