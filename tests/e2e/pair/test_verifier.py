"""The verifier itself: what it says when something is broken."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from envivo.core.paths import COMPOSE_PROJECT, STACK_LOCK
from envivo.roles.camera.desired import ACCOUNT, PROGRAM, configuration
from tests.e2e.lab import API, Lab
from tests.patience import until

AGENT = "envivo-agent@webcam.service"
TABLE = "inet envivo_test"
LOCK_HOLDER = "envivo-test-lock"
HOLD_LOCK = (
    f"systemd-run -q --collect --unit={LOCK_HOLDER} flock {STACK_LOCK} sleep 600 && "
    f"while flock -n {STACK_LOCK} true; do sleep 0.1; done"
)
"""Meanwhile nobody starts what was stopped."""


def verify(lab: Lab) -> dict[str, Any]:
    done = lab.verify("--json")
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["ok"] is (done.returncode == 0)
    return report


@contextmanager
def broken(lab: Lab, host: str, how: str, fix: str) -> Iterator[None]:
    """Breaks something on a host, runs `fix` whatever happens, and waits until all is as before."""
    try:
        lab.run(host, how)
        yield
    finally:
        lab.run(host, fix)
        report = until(lambda report: report["ok"], lambda: verify(lab), 60, 0)
        assert report["ok"], report["findings"]


def only_finding(lab: Lab) -> dict[str, str]:
    """What verify finds, as soon as that is one thing: on a machine with other work a probe may lack time as well."""
    report = until(lambda report: len(report["findings"]) == 1, lambda: verify(lab), 30, 0)
    (finding,) = report["findings"]
    return dict(finding)


def test_stopped_agent_is_the_cause_that_both_reports_name(lab: Lab) -> None:
    with broken(lab, lab.camera, f"systemctl stop {AGENT}", f"systemctl start {AGENT}"):
        finding = only_finding(lab)
        # that a deploy would start it again is another check, whose finding the cause covers
        two = re.compile(r"lab: 2 of \d+ checks fail, \d+ skipped(, \d+ warnings?)? \(.* s\)")
        for_people = until(lambda done: bool(two.match(done.stdout.strip())), lab.verify, 30, 0)
    cause = f"nobody publishes to webcam: {AGENT} is inactive"
    assert (finding["host"], finding["message"]) == (lab.camera, cause)
    assert f"envivo restart {lab.env} webcam" in finding["fix"]
    assert for_people.returncode == 1
    report, _, _ = for_people.stdout.rpartition("\nnext: ")
    verdict, *rows, last = report.strip().splitlines()
    assert two.fullmatch(verdict), verdict
    assert last.startswith(f"{lab.camera}: {cause}: envivo restart ")
    untried = rows.index(f"{lab.media}, path webcam") + 1
    assert any(row.startswith("  not tried  ") and row.endswith(f"{AGENT} is active") for row in rows[untried:])


def test_stopped_mediamtx_is_the_cause_that_is_named(lab: Lab) -> None:
    container = f"{COMPOSE_PROJECT}-mediamtx-1"
    with broken(lab, lab.media, f"{HOLD_LOCK}; docker stop {container}", f"systemctl stop {LOCK_HOLDER}"):
        finding = only_finding(lab)
    assert finding["host"] == lab.media
    assert finding["message"] == "nobody can publish or watch: the container mediamtx is not running (exited)"
    assert f"envivo restart {lab.env} mediamtx" in finding["fix"]


@pytest.mark.parametrize("protocol", ["udp", pytest.param("tcp", marks=pytest.mark.proof)])
def test_blocked_media_port_is_the_cause_that_is_named(lab: Lab, protocol: str) -> None:
    block = (
        f"nft add table {TABLE} && nft 'add chain {TABLE} input {{ type filter hook input priority 0; }}' && "
        f"nft add rule {TABLE} input {protocol} dport 8189 drop"
    )
    with broken(lab, lab.media, block, f"nft delete table {TABLE}"):
        finding = only_finding(lab)
    assert finding["host"] == lab.media
    assert finding["code"] == f"media-{protocol}-blocked"
    assert (
        f"no media packet came back over 8189/{protocol}: a firewall between here and {lab.media}" in finding["message"]
    )
    assert f"allow 8189/{protocol} to {lab.hosts[lab.media]}" in finding["fix"]


@pytest.mark.proof
def test_publisher_that_freezes_is_not_taken_for_a_picture(lab: Lab) -> None:
    pid = lab.run(lab.camera, f"systemctl show -P MainPID {AGENT}").stdout.strip()
    with broken(lab, lab.camera, f"kill -STOP {pid}", f"kill -CONT {pid} || true"):
        finding = only_finding(lab)
    assert "webcam" in finding["message"]


SMALL_DISK = """cat >/usr/local/bin/df <<'end' && chmod 755 /usr/local/bin/df
#!/bin/sh
echo Filesystem
case $1 in
-Pm) echo /dev/sda1 39063 36133 2930 93% / ;;
*) echo /dev/sda1 40000000 37000000 3000000 93% / ;;
esac
end"""


@pytest.mark.proof
def test_disk_that_recordings_fill_within_the_hour_is_named_with_the_age_that_fits(lab: Lab) -> None:
    with broken(lab, lab.media, SMALL_DISK, "rm /usr/local/bin/df"):
        finding = only_finding(lab)
    assert (finding["host"], finding["code"]) == (lab.media, "recordings-cut")
    assert "GB a day, 925 MB are left: full on 20" in finding["message"]
    assert 'in mediamtx, set "recording": {"delete_after": "' in finding["fix"]


SECOND = "envivo-test-second"
START_SECOND = (
    f"systemd-run -q --collect --unit={SECOND} --uid={ACCOUNT.name} -p RuntimeDirectory={SECOND} "
    f"-p CacheDirectory={SECOND} -E PYTHONPATH={PROGRAM} "
    f"/usr/bin/python3 -s -B -m envivo_agent {configuration('webcam')}"
)
"""Another program that has the publisher's password, which the agent's stands for here."""


@pytest.mark.proof
def test_agent_keeps_its_path_and_who_holds_it_instead_is_named(lab: Lab) -> None:
    def holder() -> str:
        path = json.loads(lab.run(lab.media, f"{API}/paths/get/webcam").stdout)
        return str((path["source"] or {}).get("id", ""))

    def second() -> dict[str, Any]:
        said = lab.run(lab.camera, f"cat /run/{SECOND}/webcam.json", check=False).stdout
        return dict(json.loads(said or "{}"))

    owner = holder()
    stop = f"systemctl stop {SECOND}; systemctl start {AGENT}"
    with broken(lab, lab.camera, START_SECOND, stop):
        refused = "another publisher holds this path"
        told = until(lambda told: refused in told.get("last_error", ""), second, 30)
        assert refused in told["last_error"] and holder() == owner
        lab.run(lab.camera, f"systemctl stop {AGENT}")
        assert until(lambda told: told["state"] == "live", second, 30)["state"] == "live"
        lab.run(lab.camera, f"systemctl start {AGENT}")
        finding = only_finding(lab)
        assert holder() != owner
    assert (finding["host"], finding["code"]) == (lab.media, "foreign-publisher")
    assert finding["message"].startswith(
        f"{lab.hosts[lab.camera]} over RTSP (envivo-agent) publishes to webcam in place of the agent"
    )
    assert refused in finding["message"]


BUSY = "envivo-test-busy"
START_BUSY = f"for n in 1 2 3 4 5 6; do systemd-run -q --collect --unit={BUSY}-$n sh -c 'while :; do :; done'; done"
BLAMES = re.compile(
    r"restart (the|its) agent|check the scene in front|envivo-agent|envivo (restart|start|logs) \S+ webcam"
)


@pytest.mark.proof
def test_camera_is_not_blamed_for_a_starved_media_host(lab: Lab) -> None:
    """Each of ten runs says what it saw: the load, and with a finding the frames that came."""
    with broken(lab, lab.media, START_BUSY, f"systemctl stop '{BUSY}-*'"):
        reports = [verify(lab) for _ in range(10)]
    for report in reports:
        loads = [check["observations"] for check in report["checks"] if check["claim"] == "reports its load"]
        assert loads and all("busy, load" in statement for said in loads for statement in said), loads
        for finding in report["findings"]:
            assert not BLAMES.search(finding["fix"]), finding
            if finding["code"] == "host-busy":
                assert "% busy, load" in finding["message"] and "webcam" in finding["message"]
