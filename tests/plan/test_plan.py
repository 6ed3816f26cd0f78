"""What a deploy does, operation by operation, and what it shows meanwhile."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence

import pytest

from tests.plan.conftest import (
    ANSWERS,
    APART,
    ONE_MACHINE,
    PASSWORD,
    PUBLIC_ANSWERS,
    THREE_MACHINES,
    TOGETHER,
    Controller,
    Run,
)

BASE = [
    "Take the deploy lock",
    "Base | Check the host before anything changes",
    "Base | Install packages",
    "Base | Create accounts",
    "Base | Create directories",
    "Remove what is no longer configured",
]
RELAYS_FIRST = "Wait until all relays are deployed"
MEDIA_FIRST = "Wait until all media hosts are deployed"
DOCKER = ["Docker | Start the Docker Engine", "Docker | Keep containers running while the Docker Engine restarts"]
CERTIFICATES = [
    "Certificates | Write the certificate configuration",
    "Certificates | Check that the certificate authority can reach the host",
    "Certificates | Start the watch for new certificates",
]
CERTIFICATES_OF_ITS_OWN = [
    *CERTIFICATES[:2],
    "Certificates | Obtain the certificate of turn.company.net",
    *CERTIFICATES[2:],
]
MEDIA = [
    "Media | Load images",
    "Media | Write the compose file and the pages",
    "Media | Limit connections per address",
    "Media | Mount the recordings for the page, without symbolic links",
    "Media | Switch to mediamtx.yml",
    "Media | Switch to Caddyfile",
    "Media | Start the containers and wait until they are healthy",
    "Media | Restart containers that stop",
    "Media | Keep the recordings within their disk",
    "Media | Forecast the recordings",
]
MEDIA_WITH_TLS = [
    *MEDIA[:4],
    "Media | Allow Caddy to bind ports 80 and 443",
    "Media | Create a temporary certificate for MediaMTX",
    *MEDIA[4:],
    "Media | Ban addresses that guess passwords",
    "Media | Wait for the certificates of the authority",
]
TURN = [
    "TURN | Write coturn's unit and its list of allowed peers",
    "TURN | Create a temporary certificate for coturn",
    "TURN | Switch to turnserver.conf",
    "TURN | Start coturn",
]
CAMERAS = [
    "Cameras | Install the agent and the configuration of each camera",
    "Cameras | Start an agent for each camera",
]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Controller:
    return Controller(tmp_path_factory.mktemp("controller"))


@pytest.fixture(scope="module")
def together(elsewhere: Controller) -> Run:
    """One host in both groups, with the lab's own settings."""
    return elsewhere.deploy(elsewhere.inventory(TOGETHER))


@pytest.fixture(scope="module")
def apart(elsewhere: Controller) -> Run:
    """A media host and a camera host, with a password of ours, and all that pyinfra shows when it is asked to."""
    inventory = elsewhere.inventory(APART)
    return elsewhere.deploy(inventory, *elsewhere.settings(), "-vvv")


def test_host_of_both_groups_gets_all_roles_in_order(together: Run) -> None:
    assert together.returncode == 0, together.stderr
    assert together.of("lab1") == [*BASE, RELAYS_FIRST, *DOCKER, *MEDIA, MEDIA_FIRST, *CAMERAS]


def test_hosts_get_the_roles_of_their_groups_alone(apart: Run) -> None:
    assert apart.returncode == 0, apart.stderr
    assert apart.of("media1") == [*BASE, RELAYS_FIRST, *DOCKER, *MEDIA, MEDIA_FIRST]
    assert apart.of("cam1") == [*BASE, RELAYS_FIRST, MEDIA_FIRST, *CAMERAS]


def production(
    controller: Controller, groups: Mapping[str, Sequence[str]], *more: str, one_machine: bool = False
) -> Run:
    inventory = controller.inventory(groups, env="prod", answers=PUBLIC_ANSWERS)
    return controller.deploy(inventory, *controller.production(one_machine), *more)


@pytest.fixture(scope="module")
def three_machines(elsewhere: Controller) -> Run:
    return production(elsewhere, THREE_MACHINES, "-vvv")


def test_production_of_three_machines_gives_each_its_role(three_machines: Run) -> None:
    run = three_machines

    assert run.returncode == 0, run.stderr
    assert run.of("media1") == [*BASE, *CERTIFICATES, RELAYS_FIRST, *DOCKER, *MEDIA_WITH_TLS, MEDIA_FIRST]
    assert run.of("turn1") == [*BASE, *CERTIFICATES_OF_ITS_OWN, *TURN, RELAYS_FIRST, MEDIA_FIRST]
    assert run.of("cam1") == [*BASE, RELAYS_FIRST, MEDIA_FIRST, *CAMERAS]
    assert "systemctl restart coturn.service" in run.stdout + run.stderr, "the commands were not shown"
    assert PASSWORD not in run.stdout + run.stderr


def test_production_of_one_machine_needs_no_certificate_but_caddys(controller: Controller) -> None:
    run = production(controller, ONE_MACHINE, one_machine=True)

    assert run.returncode == 0, run.stderr
    media = [RELAYS_FIRST, *DOCKER, *MEDIA_WITH_TLS, MEDIA_FIRST]
    assert run.of("all1") == [*BASE, *CERTIFICATES, *TURN, *media, *CAMERAS]


def test_servers_are_done_before_their_clients(three_machines: Run) -> None:
    order = [one["name"] for one in three_machines.operations]
    # a relay takes the old secret too, a media host gives away the new one; a camera's new password is known there
    assert order.index(TURN[-1]) < order.index(MEDIA_WITH_TLS[0])
    assert order.index(MEDIA_WITH_TLS[-1]) < order.index(CAMERAS[0])


@pytest.mark.parametrize("where", ["docker load", "envivo-judge-mediamtx", "docker compose -f"])
def test_camera_stays_as_it_is_when_its_media_host_fails(controller: Controller, where: str) -> None:
    words = "skipped because it depends on @fake/media1, which failed"
    # a host that pyinfra makes up executes nothing: of a refusal it must be told that it fails
    failing = {text: {"success": False, "stderr": [text]} for text in (words, where)}
    failing[where]["stderr"] = ["the disk is full"]
    inventory = controller.inventory(APART, answers={**failing, **ANSWERS})

    run = controller.deploy(inventory, *controller.settings())

    assert run.returncode != 0
    assert "the disk is full" in run.stderr
    assert words in " ".join(run.stderr.split()), run.stderr
    assert CAMERAS[0] not in run.stderr


def test_turn_host_that_fails_does_not_hold_up_the_others(controller: Controller) -> None:
    failing = {"(admin thread)": {"success": False, "stderr": ["the disk is full"]}, **PUBLIC_ANSWERS}
    inventory = controller.inventory(THREE_MACHINES, env="prod", answers=failing)

    run = controller.deploy(inventory, *controller.production())

    assert run.returncode != 0
    assert "the disk is full" in run.stderr
    done = run.stderr.partition(CAMERAS[-1])[2]
    assert "[@fake/cam1]" in done and "the disk" not in done, run.stderr


def test_deploy_to_one_host_leaves_the_other_alone(controller: Controller) -> None:
    inventory = controller.inventory(APART)

    run = controller.deploy(inventory, *controller.settings(), "--limit", "@fake/cam1")

    assert run.returncode == 0, run.stderr
    assert run.of("cam1") == [*BASE, RELAYS_FIRST, MEDIA_FIRST, *CAMERAS]
    assert run.of("media1") == []


def test_host_that_is_in_order_already_is_not_refused(together: Run) -> None:
    (preflight,) = (one for one in together.operations if one["name"] == BASE[1])

    assert preflight["no_change"] == ["@fake/lab1"]


@pytest.mark.parametrize("run", ["together", "apart"])
def test_every_operation_has_a_name_of_its_own(run: str, request: pytest.FixtureRequest) -> None:
    operations = request.getfixturevalue(run).operations
    names = [one["name"] for one in operations]

    assert len(set(names)) == len(names)
    # pyinfra shows the arguments, contents and all, of an operation without a name, and joins the names of operations
    # that it takes for one: docs/notes/pyinfra.md#names-of-operations
    assert all(one["names"] == [one["name"]] and one["args"] == [] for one in operations)


def test_no_secret_is_shown_however_much_is_asked_for(apart: Run) -> None:
    shown = apart.stdout + apart.stderr

    assert "systemctl restart envivo-agent@webcam.service" in shown, "the commands were not shown"
    hashed = base64.b64encode(hashlib.sha256(PASSWORD.encode()).digest()).decode()
    for secret in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), hashed):
        assert secret not in shown


def test_plan_without_consent_shows_no_secret_and_executes_nothing(controller: Controller) -> None:
    inventory = controller.inventory(APART)

    run = controller.pyinfra(inventory, "deploy.py", "--dry", "--json", "--diff", "-vvv", *controller.settings())

    assert run.returncode == 0, run.stderr
    plan = {one["name"]: one["hosts_with_change"] for one in json.loads(run.stdout)["plan"]}
    assert list(plan["Media | Switch to mediamtx.yml"]) == ["@fake/media1"]
    assert PASSWORD not in run.stdout + run.stderr


@pytest.mark.parametrize(("recorded", "room_for", "goes_on"), [(3000, "3.1 GB", True), (100, "105 MB", False)])
def test_disk_that_recordings_have_filled_is_deployed_to(
    controller: Controller, recorded: int, room_for: str, goes_on: bool
) -> None:
    """A shorter retention, too; refused where they are not what fills it."""
    disk = ["free 57 /", f"yielding /var/lib/envivo/recordings {recorded} /dev/sda1 40 40 0 100% /"]
    host = {"ss -Hlntup": ["root 0", "systemd", "os debian-13", *disk]}
    # the host that has them: another one would not be asked for them
    inventory = controller.inventory(TOGETHER, answers={**ANSWERS, **host})

    run = controller.deploy(inventory, *controller.settings(), "-vvv")

    assert "pyinfra-debug.log" not in run.stderr, run.stderr
    assert ("sh -s -- 204800" in run.stdout + run.stderr) is goes_on
    room = f"the recordings in /var/lib/envivo/recordings can make room for {room_for} more"
    refusal = f"60 MB are free, and {room}: at least 210 MB are needed"
    assert (refusal in " ".join((run.stdout + run.stderr).split())) is not goes_on


def test_deploy_says_when_the_disk_of_the_recordings_is_full(controller: Controller) -> None:
    """A disk of 40 GB, by default: a camera fills it in 1.3 days."""
    answers = {"cd /var/lib/envivo/recordings": ["now 1796040000", "disk 39062500 37255859"]}
    run = controller.deploy(controller.inventory(APART, answers={**ANSWERS, **answers}), *controller.settings())

    assert run.returncode == 0, run.stderr
    said = " ".join(run.stderr.split())
    assert "writes 27 GB a day, 36 GB are left: full on 2026-12-01 20:00 UTC; recordings are then deleted" in said


def test_shipped_local_inventory_is_this_machine_and_masks_its_secrets(controller: Controller) -> None:
    run = controller.pyinfra("inventories/local.py", "debug-inventory", "--json")

    assert run.returncode == 0, run.stderr
    (host,) = json.loads(run.stdout)
    assert (host["name"], set(host["groups"])) == ("@local", {"media", "cameras", "local", "@local"})
    assert host["data"]["settings"]["mediamtx"]["paths"]["webcam"]["publisher"]["password"] == "**********"
