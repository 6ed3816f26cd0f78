"""Whatever the Docker Engine does or is done to, pictures go on or come again, without a deploy."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from envivo.core.paths import COMPOSE_FILE
from envivo.lab.engine import docker
from envivo.operations.prune import removal
from envivo.roles.media import guard
from envivo.roles.media.desired import REMOVABLE
from tests.e2e.lab import Lab, SettingsOf
from tests.e2e.lasting_viewer import LastingViewer, lasting_viewer
from tests.patience import patient, until

pytestmark = pytest.mark.timeout(patient(200))

Say = Callable[[str], None]
SMALL = {"cameras": {"webcam": {"width": 320, "height": 180, "fps": 15, "bitrate_kbps": 400}}}
PICTURES = 45
"""Three seconds of them."""
OUTLIVE = "Docker | Keep containers running while the Docker Engine restarts"
RUN = "Media | Start the containers and wait until they are healthy"
GUARD = "Media | Restart containers that stop"
"""Operations of a deploy."""
DAEMON_JSON = "/etc/docker/daemon.json"
DOCKERD, CONTAINERD = (f"systemctl show -P MainPID {unit}.service" for unit in ("docker", "containerd"))
STARTED = "docker inspect -f '{{.Name}} {{.State.StartedAt}} {{.State.Status}}' envivo-mediamtx-1 envivo-web-1"
"""Fails where one of them is not there."""
KILL_DOCKERD = f"kill -9 $({DOCKERD})"
KILL_DOCKERD_OFTEN = (
    f"for n in 1 2 3 4 5; do {KILL_DOCKERD}; until docker version >/dev/null 2>&1; do sleep 0.2; done; done"
)
"""More often than systemd starts it again by itself: three times a minute."""
STOP_DOCKER = "systemctl stop docker.socket docker.service"
WITHOUT_LIVE_RESTORE = (
    f"""echo '{{"live-restore": false}}' >{DAEMON_JSON} && systemctl reload docker.service && """
    "until docker info -f '{{.LiveRestoreEnabled}}' | grep -q false; do sleep 0.1; done"
)
REINSTALL = "apt-get update -qq && apt-get install -qq --reinstall docker.io >/dev/null"
"""What a package does in an upgrade, whose restart of the service is added: Debian's does not restart it."""
RESTART_DOCKER = "systemctl restart docker.service"


@pytest.fixture(scope="module")
def lab(spare: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Deployed to, with a picture that costs little."""
    lab = spare.with_settings(SettingsOf(tmp_path_factory.mktemp("engine"), SMALL)())
    lab.deploy()
    return lab


@pytest.fixture(scope="module")
def viewer(lab: Lab) -> Iterator[LastingViewer]:
    with lasting_viewer(f"http://{lab.hosts[lab.media]}:8080/webrtc/whep/webcam") as viewer:
        yield viewer


@pytest.fixture(autouse=True)
def watching(lab: Lab, viewer: LastingViewer) -> None:
    """Each fault for itself: an agent whose server fails often pauses longer each time, and systemd gives up a service
    that is started often."""
    lab.run(
        lab.media, "systemctl restart envivo-agent@webcam; systemctl reset-failed docker.service containerd.service"
    )
    assert viewer.sees(PICTURES), "there is nothing to interrupt"


def said(lab: Lab, command: str) -> str:
    return lab.run(lab.media, command, check=False).stdout.strip()


def gap(viewer: LastingViewer, since: float, what: str, say: Say) -> None:
    say(f"{what}: {viewer.longest_gap(since):.1f} s without a picture")


def test_engine_has_live_restore_and_a_second_deploy_changes_nothing(lab: Lab) -> None:
    assert said(lab, "docker info -f '{{.LiveRestoreEnabled}}'") == "true"
    assert json.loads(said(lab, f"cat {DAEMON_JSON}"))["live-restore"] is True
    assert said(lab, f"systemctl is-enabled {guard.UNIT}; systemctl is-active {guard.UNIT}").split() == [
        "enabled",
        "active",
    ]
    assert lab.deploy() == {}


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        pytest.param(KILL_DOCKERD, DOCKERD, id="dockerd killed"),
        pytest.param(KILL_DOCKERD_OFTEN, DOCKERD, id="dockerd killed 5 times", marks=pytest.mark.proof),
        pytest.param(RESTART_DOCKER, DOCKERD, id="docker restarted"),
        pytest.param(
            f"{REINSTALL} && {RESTART_DOCKER}", DOCKERD,
            id="docker.io installed anew", marks=pytest.mark.proof,
        ),
        pytest.param(STOP_DOCKER, DOCKERD, id="docker stopped", marks=pytest.mark.proof),
        pytest.param(f"kill -9 $({CONTAINERD})", CONTAINERD, id="containerd killed"),
        pytest.param("systemctl stop containerd", CONTAINERD, id="containerd stopped", marks=pytest.mark.proof),
    ],
)  # fmt: skip
def test_pictures_go_on_without_the_engine(
    lab: Lab, viewer: LastingViewer, say: Say, fault: str, again: str, request: pytest.FixtureRequest
) -> None:
    session, containers, process = viewer.session, said(lab, STARTED), said(lab, again)
    since = time.monotonic()

    lab.run(lab.media, fault)

    assert until(lambda now: now not in ("", "0", process), lambda: said(lab, again), 60) != process, "it is not back"
    assert until(lambda now: now == containers, lambda: said(lab, STARTED), 60) == containers, "one was made or started"
    assert viewer.sees(PICTURES)
    assert viewer.session == session, "the pictures were interrupted"
    gap(viewer, since, request.node.callspec.id, say)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("docker kill envivo-mediamtx-1 envivo-web-1", id="containers killed"),
        pytest.param("docker stop envivo-mediamtx-1", id="mediamtx stopped"),
        pytest.param("docker rm -f envivo-mediamtx-1 envivo-web-1", id="containers removed"),
        pytest.param(f"docker compose -f {COMPOSE_FILE} down", id="compose down", marks=pytest.mark.proof),
        pytest.param("docker restart envivo-mediamtx-1", id="mediamtx restarted", marks=pytest.mark.proof),
        pytest.param(
            "kill -9 $(docker inspect -f '{{.State.Pid}}' envivo-mediamtx-1)",
            id="process killed",
            marks=pytest.mark.proof,
        ),
    ],
)
def test_pictures_come_again_by_themselves(
    lab: Lab, viewer: LastingViewer, say: Say, fault: str, request: pytest.FixtureRequest
) -> None:
    session, before = viewer.session, said(lab, STARTED)
    since = time.monotonic()

    lab.run(lab.media, fault)

    def started() -> str:
        return said(lab, STARTED)

    runs = until(lambda now: now.count("running") == 2 and now != before, started, 60)
    assert runs.count("running") == 2 and runs != before, runs
    assert until(lambda newest: newest > session, lambda: viewer.session, 60, 0.1) > session
    assert viewer.sees(PICTURES)
    gap(viewer, since, request.node.callspec.id, say)
    assert lab.deploy() == {}


def test_paused_container_goes_on(lab: Lab, viewer: LastingViewer, say: Say) -> None:
    since = time.monotonic()
    lab.run(lab.media, "docker pause envivo-mediamtx-1")

    try:
        assert until(lambda now: now.count("running") == 2, lambda: said(lab, STARTED), 60).count("running") == 2
    finally:  # what is frozen cannot be ended: neither the container nor the lab host around it
        lab.run(lab.media, "docker unpause envivo-mediamtx-1", check=False)
    assert viewer.sees(PICTURES)
    gap(viewer, since, "mediamtx paused", say)


def test_reboot_brings_back_what_a_dead_engine_left_stopped(lab: Lab, viewer: LastingViewer, say: Say) -> None:
    session = viewer.session
    lab.run(lab.media, "docker stop envivo-mediamtx-1 & docker stop envivo-web-1 & wait")
    since = time.monotonic()

    docker("restart", lab.media)

    assert until(lambda newest: newest > session, lambda: viewer.session, 60, 0.1) > session
    assert viewer.sees(PICTURES)
    gap(viewer, since, "host rebooted", say)
    up = f"systemctl is-system-running --wait; systemctl is-active {guard.UNIT}"
    assert until(lambda said: said.endswith("\nactive"), lambda: said(lab, up), 30).endswith("\nactive")
    assert lab.deploy() == {}


def findings(lab: Lab) -> dict[str, dict[str, Any]]:
    report = json.loads(lab.envivo("verify", lab.env, "--json").stdout)
    return {finding["code"]: finding for finding in report["findings"]}


@pytest.mark.parametrize(
    ("fault", "code", "fix", "repair"),
    [
        (WITHOUT_LIVE_RESTORE, "live-restore-off", "deploy again",
         [OUTLIVE]),
        (f"systemctl stop {guard.UNIT}", "stack-unguarded", "envivo restart lab stack",
         [GUARD]),
        (f"systemctl disable {guard.UNIT}", "unit-not-enabled", f"systemctl enable {guard.UNIT}",
         [GUARD]),
        (f"systemctl stop {guard.UNIT}; docker pause envivo-web-1", "caddy-down", "envivo restart lab caddy",
         [RUN, GUARD]),
    ],
    ids=["no live-restore", "no guard", "guard not enabled", "paused"],
)  # fmt: skip
def test_verify_names_what_would_not_come_back_and_a_deploy_repairs_it(
    lab: Lab, fault: str, code: str, fix: str, repair: list[str]
) -> None:
    lab.run(lab.media, fault)

    found = until(lambda found: code in found, lambda: findings(lab), 30, 0)

    assert code in found and fix in found[code]["fix"], found
    assert list(lab.deploy()) == repair
    assert lab.deploy() == {}
    lab.verified()


def test_containers_that_are_not_envivos_are_left_alone_and_named(lab: Lab, request: pytest.FixtureRequest) -> None:
    image = said(lab, "docker inspect -f '{{.Config.Image}}' envivo-web-1")
    compose = f"docker compose -f {COMPOSE_FILE}"
    busybox = "-v /usr/bin/busybox:/busybox:ro --entrypoint /busybox"
    label = "--label com.docker.compose.project=envivo"
    names = {"once", "longer", "foreign", "alike"}
    ended = f"docker rm -f {' '.join(names)}"
    request.addfinalizer(lambda: lab.run(lab.media, ended, check=False))
    lab.run(
        lab.media,
        f"{compose} run --name once --entrypoint /busybox web true; "
        f"{compose} run -d --name longer --entrypoint /busybox web sleep 600; "
        f"docker run -d --name foreign {label} {busybox} {image} sleep 600; "
        f"docker run --name alike {label} --label com.docker.compose.service=web {busybox} {image} true",
    )
    # made after them, so that Docker lists them in another order
    lab.run(lab.media, f"{compose} up -d --force-recreate --wait web")

    assert lab.deploy() == {}
    told = lab.pyinfra(f"inventories/{lab.env}.py", "deploy.py", "-y", "--group-data", str(lab.settings))
    assert all(f"the container {name} has the label" in told.stderr for name in names), told.stderr
    report = json.loads(lab.verified("--json").stdout)
    observations = " ".join(line for check in report["checks"] for line in check.get("observations", []))
    assert all(f"the container {name} has the label" in observations for name in names), observations

    lab.run(lab.media, "systemctl stop envivo-stack; docker rm -f envivo-web-1")
    assert RUN in lab.deploy()
    assert names <= set(said(lab, "docker ps -a --format '{{.Names}}'").split()), "one of them was removed"
    assert lab.deploy() == {}


def test_container_of_a_former_compose_file_is_removed(lab: Lab) -> None:
    former = f"sed 's/^  web:/  former:/; /^  mediamtx:/,/^  former:/{{/^  former:/!d}}' {COMPOSE_FILE}"
    lab.run(lab.media, f"{former} | docker compose -f - --project-name envivo create && docker inspect envivo-former-1")

    assert list(lab.deploy()) == [RUN]

    assert "former" not in said(lab, "docker ps -a --format '{{.Names}}'")
    assert lab.deploy() == {}


def test_removal_of_the_role_takes_its_guard_and_containers_and_nothing_else(
    lab: Lab, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: lab.run(lab.media, "docker rm -f foreign", check=False))
    run = "docker run -d --name foreign --label com.docker.compose.project=envivo -v /usr/bin/busybox:/busybox:ro"
    image = said(lab, "docker inspect -f '{{.Config.Image}}' envivo-web-1")
    lab.run(lab.media, f"{run} --entrypoint /busybox {image} sleep 600")

    lab.run(lab.media, removal(REMOVABLE))

    assert said(lab, "docker ps --format '{{.Names}}'") == "foreign"
    assert said(lab, f"systemctl is-active {guard.UNIT}") == "inactive"
    assert {RUN, GUARD} < set(lab.deploy())
    assert lab.deploy() == {}
