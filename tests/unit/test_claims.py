"""Which checks an environment gets, and what rests on what."""

from typing import Any

import pytest

from envivo.inventory import Host, Inventory
from envivo.orchestration.target import Place, places
from envivo.orchestration.verification import checks as planned_checks
from envivo.plan.planning import Plan
from envivo.remote import RemoteShell
from envivo.roles.media.from_outside import explain_unreachable
from envivo.verify.engine import Check, with_needs
from tests.unit.settings.environments import ADDRESS, DOMAIN, PASSWORD, drafted


def pair(**more: Any) -> list[Place]:
    """media1 and cam1, to neither of which a connection is made."""
    settings = drafted(**more)
    data = {"settings": settings}
    hosts = (
        Host("media1", ("media", "lab"), {**data, "ssh_hostname": "10.0.0.21"}),
        Host("cam1", ("cameras", "lab"), {**data, "ssh_hostname": "10.0.0.22"}),
    )
    return places(Inventory("lab", hosts), {host.name: RemoteShell(host) for host in hosts})


def checks(hosts: list[Place]) -> list[Check]:
    return planned_checks(hosts, lambda host: Plan(()))


def claims(planned: list[Check]) -> dict[str, Check]:
    return {str(check): check for check in planned}


def test_every_claim_about_every_host_is_different() -> None:
    planned = checks(pair())
    assert len(claims(planned)) == len(planned) == len(set(with_needs(planned)))


def test_pictures_rest_on_the_agent_of_another_host() -> None:
    planned = claims(checks(pair()))
    needs = set(with_needs([planned["media1: webcam: WHEP shows a moving picture"]]))
    assert planned["cam1: envivo-agent@webcam.service is active"] in needs
    assert planned["media1: container mediamtx is healthy"] in needs
    assert planned["media1: webcam: 8189/udp answers a viewer"] in needs
    assert planned["media1: webcam: 8189/tcp answers a viewer"] not in needs


def test_camera_host_is_not_asked_for_what_a_media_host_does() -> None:
    assert {check.claim for check in checks(pair()) if check.host == "cam1"} == {
        "accepts commands as root",
        "envivo is deployed",
        "reports its load",
        "its clock is right",
        "no undeclared port is open",
        "envivo-agent@webcam.service is active",
        "envivo-agent@webcam.service starts at boot",
        "a deploy would change nothing",
    }


def test_plan_of_a_host_rests_on_that_host_and_its_engine_alone() -> None:
    planned = claims(checks(pair()))
    nothing = "a deploy would change nothing"
    assert [str(one) for one in planned[f"cam1: {nothing}"].needs] == ["cam1: envivo is deployed"]
    # a plan asks Docker, whose socket would start an Engine that somebody has stopped
    assert [str(one) for one in planned[f"media1: {nothing}"].needs] == [
        "media1: envivo is deployed",
        "media1: docker.service is active",
    ]


def test_ports_that_only_the_proxy_may_use_are_not_tried_from_outside() -> None:
    assert "media1: 8889/tcp answers HTTP from here" in claims(checks(pair()))
    encrypted = pair(web={"domain": DOMAIN}, public_address=ADDRESS)
    assert "media1: 8889/tcp answers HTTP from here" not in claims(checks(encrypted))


OF_PICTURES = (
    "{} is publishing",
    "{}: a WHEP session begins and ends",
    "{}: the list of paths shows it as live",
    "{}: WHEP shows a moving picture",
    "{}: HLS shows pictures without delay",
    "{}: RTSP plays",
    "{}: the recording grows",
    "{}: the recording is in one piece",
)


@pytest.mark.parametrize(
    ("path", "expected", "proved"),
    [
        ("webcam", None, True), ("webcam", True, True), ("webcam", False, False),
        ("obs", None, False), ("obs", True, True), ("obs", False, False),
    ],
)  # fmt: skip
def test_pictures_of_each_path_that_should_be_live_are_proved_whoever_publishes(
    path: str, expected: bool | None, proved: bool
) -> None:
    publisher = {"user": "obs", "password": PASSWORD}
    paths: dict[str, Any] = {"obs": {"publisher": publisher}}
    paths.setdefault(path, {})["expected"] = expected
    planned = claims(checks(pair(mediamtx={"paths": paths})))
    found = {claim for claim in OF_PICTURES if f"media1: {claim.format(path)}" in planned}
    assert found == (set(OF_PICTURES) if proved else set())
    free = {f"media1: {path}: no publisher is required", f"media1: {path}: browsers can play what is published"}
    assert free & {*planned} == (set() if proved else free)
    agent = {str(need) for need in with_needs([planned[f"media1: {path} is publishing"]])} if proved else set()
    assert ("cam1: envivo-agent@webcam.service is active" in agent) is (proved and path == "webcam")


def test_path_that_is_not_recorded_needs_no_recording() -> None:
    assert "media1: webcam: the recording grows" in claims(checks(pair()))
    assert "media1: webcam: the recording grows" not in claims(
        checks(pair(mediamtx={"paths": {"webcam": {"record": False}}}))
    )


@pytest.mark.parametrize(
    ("advertised", "what", "fix"),
    [
        (["10.0.0.21", "172.17.0.1"], "a firewall between here and media1 drops it", "allow 8189/udp to 10.0.0.21"),
        (["192.168.1.5"], "MediaMTX advertises 192.168.1.5 to viewers, but not 10.0.0.21",
         'mediamtx.webrtc.additional_hosts=("10.0.0.21",)'),
        ([], "has only a loopback address", "additional_hosts"),
    ],
    ids=["firewall", "nat", "no network"],
)  # fmt: skip
def test_media_port_that_does_not_answer_has_a_cause(advertised: list[str], what: str, fix: str) -> None:
    host = pair()[0]
    found = explain_unreachable(host.target(host.settings.media), "8189/udp", advertised)
    assert what in found[0]
    assert fix in found[1]
