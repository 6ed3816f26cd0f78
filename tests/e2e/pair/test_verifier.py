"""The verifier itself: what it says when something is broken, and that it finds nothing when nothing is."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from envivo.places import PROJECT, ROOT
from envivo.waiting import until
from tests.e2e.lab import BIN, Lab

AGENT = "envivo-agent@webcam.service"
TABLE = "inet envivo_test"
BACK_WITHIN_S = 60


def verify(lab: Lab) -> dict[str, Any]:
    done = lab.envivo("verify", lab.env, "--json")
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["ok"] is (done.returncode == 0)
    return report


@contextmanager
def broken(lab: Lab, host: str, how: str, mend: str) -> Iterator[None]:
    """Breaks something on a host, mends it whatever happens, and waits until all is as before."""
    try:
        lab.run(host, how)
        yield
    finally:
        lab.run(host, mend)
        report = until(lambda report: report["ok"], lambda: verify(lab), BACK_WITHIN_S, 0)
        assert report["ok"], report["findings"]


def only_finding(report: dict[str, Any]) -> dict[str, str]:
    (finding,) = report["findings"]
    return dict(finding)


def test_deployed_lab_is_found_true_by_both_fronts(lab: Lab) -> None:
    report = verify(lab)
    assert report["ok"], report["findings"]
    assert set(report["hosts"]) == set(lab.hosts)
    assert {check["outcome"] for check in report["checks"]} == {"ok"}

    done = subprocess.run(
        [BIN / "pytest", "tests/verify", "--inventory", f"inventories/{lab.env}.py", "-q"],
        cwd=ROOT, env=lab.environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"{len(report['checks'])} passed" in done.stdout


def test_stopped_agent_is_the_cause_that_is_named(lab: Lab) -> None:
    with broken(lab, lab.camera, f"systemctl stop {AGENT}", f"systemctl start {AGENT}"):
        finding = only_finding(verify(lab))
    assert finding["host"] == lab.camera
    assert finding["message"] == f"nobody publishes to webcam: {AGENT} is inactive"
    assert f"on {lab.camera}: systemctl start {AGENT}" in finding["fix"]


def test_stopped_mediamtx_is_the_cause_that_is_named(lab: Lab) -> None:
    container = f"{PROJECT}-mediamtx-1"
    with broken(lab, lab.media, f"docker stop {container}", f"docker start {container}"):
        finding = only_finding(verify(lab))
    assert finding["host"] == lab.media
    assert finding["message"] == "nobody can publish or watch: the container mediamtx is not running (exited)"
    assert "up -d mediamtx" in finding["fix"]


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_blocked_media_port_is_the_cause_that_is_named(lab: Lab, protocol: str) -> None:
    block = (
        f"nft add table {TABLE} && nft 'add chain {TABLE} input {{ type filter hook input priority 0; }}' && "
        f"nft add rule {TABLE} input {protocol} dport 8189 drop"
    )
    with broken(lab, lab.media, block, f"nft delete table {TABLE}"):
        finding = only_finding(verify(lab))
    assert finding["host"] == lab.media
    assert finding["code"] == f"media-{protocol}-blocked"
    assert (
        f"no media packet came back over 8189/{protocol}: a firewall between here and {lab.media}" in finding["message"]
    )
    assert f"allow 8189/{protocol} to {lab.hosts[lab.media]}" in finding["fix"]


def test_publisher_that_freezes_is_not_taken_for_a_picture(lab: Lab) -> None:
    pid = lab.run(lab.camera, f"systemctl show -P MainPID {AGENT}").stdout.strip()
    with broken(lab, lab.camera, f"kill -STOP {pid}", f"kill -CONT {pid} || true"):
        report = verify(lab)
    assert not report["ok"]
    assert "webcam" in only_finding(report)["message"]


def test_report_for_people_names_the_cause_on_stdout_and_exits_with_1(lab: Lab) -> None:
    with broken(lab, lab.camera, f"systemctl stop {AGENT}", f"systemctl start {AGENT}"):
        done = lab.envivo("verify", lab.env)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{lab.camera}: nobody publishes to webcam: {AGENT} is inactive: on {lab.camera}: ")
    assert "not tried" in done.stderr
