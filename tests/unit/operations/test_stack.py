"""The Compose project: what `docker inspect` prints, and why a project is not as wanted."""

import pytest

from envivo.operations.stack import Container, Containers, Service, amiss, converge_script, deviations
from tests.unit.operations.shell import sh

IMAGE = "sha256:e35c6236717bb33b11b5c132ef325a8d91915f769aa01379d89266ff76eabec6"
WEB = Container("running", "healthy", "envivo-c990b480eb71ccee", IMAGE)
WANTED = {
    "web": Service(WEB.revision, IMAGE, "busybox wget -O - http://127.0.0.1:8080/healthz", "envivo-1e4cdac151b38c3a")
}


def test_containers_are_read_from_what_docker_prints() -> None:
    answer = [
        f"web running healthy envivo-c990b480eb71ccee {IMAGE}",
        f"mediamtx exited unhealthy none {IMAGE}",
        f"other created none none {IMAGE}",
    ]

    assert Containers().process(answer) == {
        "web": WEB,
        "mediamtx": Container("exited", "unhealthy", "none", IMAGE),
        "other": Container("created", "none", "none", IMAGE),
    }


@pytest.mark.parametrize(
    ("there", "reasons"),
    [
        ({"web": WEB}, []),
        ({}, ["web is not there"]),
        ({"web": WEB._replace(state="exited")}, ["web is exited"]),
        ({"web": WEB._replace(state="restarting", health="unhealthy")}, ["web is restarting"]),
        ({"web": WEB._replace(health="unhealthy")}, ["web is unhealthy"]),
        ({"web": WEB._replace(health="starting")}, ["web is starting"]),
        ({"web": WEB._replace(health="none")}, ["web is none"]),
        ({"web": WEB._replace(revision="envivo-0")}, ["web was made from another definition or image"]),
        ({"web": WEB._replace(revision="none")}, ["web was made from another definition or image"]),
        ({"web": WEB._replace(image_id="sha256:0")}, ["web was made from another definition or image"]),
        ({"web": WEB, "old": WEB, "elder": WEB}, ["elder is not wanted", "old is not wanted"]),
        ({"old": WEB}, ["web is not there", "old is not wanted"]),
    ],
)
def test_amiss_names_each_service_that_is_not_as_wanted(there: dict[str, Container], reasons: list[str]) -> None:
    assert amiss(WANTED, there) == reasons


def test_converge_script_is_one_that_the_shell_can_read() -> None:
    assert sh(f"set -n\n{converge_script('/opt/with space/compose.yml', WANTED)}").stderr == ""


def test_converge_script_waits_bounded_and_for_each_configuration() -> None:
    script = converge_script("/opt/envivo/stack/compose.yml", WANTED)

    assert "--wait --wait-timeout 60 --remove-orphans" in script
    assert f"until {WANTED['web'].ask} 2>/dev/null | grep -qF envivo-1e4cdac151b38c3a; do" in script


def test_reasons_are_about_containers() -> None:
    (found,) = deviations(amiss(WANTED, {"web": WEB._replace(state="exited")}))

    assert (found.subject, found.what) == ("the container web", "is exited")
