"""Bad input: one clear message, a return code that is not 0, no traceback, and no operation begins."""

from pathlib import Path
from typing import Any

import pytest

from envivo.places import ROOT
from tests.plan.conftest import ANSWERS, APART, ONE_MACHINE, PASSWORD, TOGETHER, Controller, Run
from tests.unit.artifacts.parts import fill
from tests.unit.settings.pairs import signed

PUBLISHER = {"user": "webcam", "password": PASSWORD}
OTHER = signed("other.company.net")


def assert_refused(run: Run, *said: str) -> None:
    assert run.returncode != 0
    text = " ".join(run.stderr.split())
    for words in said:
        assert words in text, run.stderr
    assert run.stderr.count("pyinfra error") == 1, run.stderr
    assert "Traceback" not in run.stderr and not (ROOT / "pyinfra-debug.log").exists()
    assert "Beginning operation run" not in run.stderr and "Starting operation" not in run.stderr
    assert PASSWORD not in run.stdout + run.stderr


def refusing(words: str) -> dict[str, Any]:
    """What a bare host says on which a command that prints these words fails, as on a real one."""
    return {words: {"success": False, "stderr": [words]}, **ANSWERS}


def assert_refused_by_the_host(run: Run, objection: str) -> None:
    """Of operations the first begins, and fails."""
    assert run.returncode != 0
    assert objection in " ".join(run.stderr.split()), run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.count("Starting operation") == 1 and "Success" not in run.stderr, run.stderr
    assert PASSWORD not in run.stdout + run.stderr


def test_inventory_that_does_not_exist_is_refused(controller: Controller) -> None:
    assert_refused(
        controller.deploy("inventories/labb.py"),
        "inventories/labb.py: there is no such inventory: name one of inventories/lab.py, inventories/local.py",
    )


@pytest.mark.parametrize("content", ["", "media = []\ncameras = []\n"])
def test_inventory_without_hosts_is_refused(controller: Controller, tmp_path: Path, content: str) -> None:
    inventory = tmp_path / "lab.py"
    inventory.write_text(content)

    assert_refused(
        controller.deploy(str(inventory)), f"{inventory}: has no hosts: list at least one in the group media"
    )


def test_limit_that_matches_nobody_is_refused(controller: Controller) -> None:
    inventory = controller.inventory(APART)

    run = controller.deploy(inventory, "--limit", "cam9")

    assert_refused(run, "--limit cam9: matches no host: name one of @fake/media1, @fake/cam1, ")


def test_settings_that_are_wrong_are_refused_with_all_findings(controller: Controller) -> None:
    inventory = controller.inventory(TOGETHER)
    wrong = {
        "paths": {"webcam": {"publisher": PUBLISHER}},
        "rtmp_port": "1935",
        "hls": {"segment_duration": "0s", "segments": 7},
    }

    run = controller.deploy(inventory, *controller.settings(mediamtx=wrong))

    assert_refused(
        run,
        "the settings are not right:",
        "lab.py: mediamtx.rtmp_port: must be a port number from 1024 to 65535, is '1935'",
        "lab.py: mediamtx.hls.segment_duration: must be at least 1s, is 0s",
        "lab.py: mediamtx.hls.segments: unknown key",
    )
    assert "Connecting to hosts" not in run.stderr


def test_environment_without_settings_is_refused(controller: Controller) -> None:
    inventory = controller.inventory(TOGETHER, env="attic")

    assert_refused(controller.deploy(inventory), "group_data/attic.py: settings: is required, see group_data/lab.py")


def test_inventory_that_does_not_fit_the_settings_is_refused(controller: Controller) -> None:
    inventory = controller.inventory({"media": ["media1", "media2"], "cameras": ["cam1"]})

    assert_refused(
        controller.deploy(inventory, *controller.settings(cameras={"webcam": {"host": "attic"}})),
        "inventories/lab.py: media: must have exactly one host, has 2",
        "group_data/lab.py: cameras.webcam.host: must be one of the group cameras, is 'attic'",
    )


def test_missing_artifact_is_refused(controller: Controller, tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path), "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}

    run = controller.deploy(controller.inventory(TOGETHER), ENVIVO_CACHE=str(tmp_path / "cache"), **nothing)

    assert_refused(run, "artifact mediamtx ", ": no source can serve it (", "go: the go command is not installed")


def test_artifact_with_another_checksum_is_refused_before_anything_changes(
    controller: Controller, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir()
    fill(tmp_path / "cache")
    (archive,) = (tmp_path / "cache" / "artifacts").glob("mediamtx*/*.tar.gz")
    archive.write_text(archive.read_text().upper())
    bare = {**refusing(f"{archive}: has sha256 "), "dpkg-query": ["docker.io wanted"]}
    inventory = controller.inventory(TOGETHER, answers=bare)

    run = controller.pyinfra(inventory, "deploy.py", "-y", ENVIVO_CACHE=str(tmp_path / "cache"))

    assert_refused_by_the_host(run, f"{archive}: has sha256 ")


def test_media_host_of_another_architecture_is_refused(controller: Controller) -> None:
    answers = {**ANSWERS, "uname -m": "riscv64"}
    inventory = controller.inventory(TOGETHER, answers=answers)

    assert_refused(
        controller.deploy(inventory),
        "@fake/lab1: the architecture is riscv64: a media host must be x86_64 or aarch64",
    )


UNFILLED = {
    "group_data/prod.py": ("DOMAIN", "ADDRESS", "TURN_DOMAIN", "TURN_ADDRESS", "EMAIL"),
    "inventories/prod.py": ("CAMERA",),
}


def test_shipped_production_is_refused_with_one_list_of_what_it_lacks(controller: Controller) -> None:
    run = controller.pyinfra("inventories/prod.py", "deploy.py", "-y")

    assert_refused(run, "the settings are not right:")
    _, _, listed = run.stderr.partition("the settings are not right:\n")
    lines = [line.strip() for line in listed.splitlines() if line.startswith("    ")]
    for place, names in UNFILLED.items():
        for name in names:
            assert (
                len([one for one in lines if one.startswith(f"{place}: {name}: is not filled in, for example ")]) == 1
            )
    missing = [line for line in lines if " is missing: " in line]
    assert missing[0].startswith(
        "group_data/prod.py: turn.secret: is missing: set ENVIVO_PROD_TURN, or put turn into secrets/prod."
    )
    assert len(missing) == 4 and len(lines) == len(missing) + sum(map(len, UNFILLED.values()))
    assert "Connecting to hosts" not in run.stderr


TURN_OF_ITS_OWN = {"domain": "video.company.net", "address": "198.51.100.10", "secret": PASSWORD}


@pytest.mark.parametrize(
    ("web", "turn", "said"),
    [
        ({"origins": ["*"]}, {"address": ""},
         ["prod.py: web.origins.0: must be an origin such as https://www.company.net, never a pattern, is '*'",
          "prod.py: turn.address: must be an IPv4 address such as 198.51.100.10, is ''"]),
        ({"tls": {"issuer": "files", "certificate": OTHER.certificate, "key": OTHER.key}}, {},
         ["prod.py: web.tls.certificate: must have the name video.company.net, has other.company.net"]),
    ],
    ids=["every origin, and turn without an address", "certificate without the name"],
)  # fmt: skip
def test_production_that_would_be_open_or_unreachable_is_refused(
    controller: Controller, web: dict[str, Any], turn: dict[str, str], said: list[str]
) -> None:
    inventory = controller.inventory(ONE_MACHINE, env="prod")
    settings = controller.settings(
        "prod", public_address="198.51.100.10",
        web={"domain": "video.company.net", **web}, turn={**TURN_OF_ITS_OWN, **turn},
    )  # fmt: skip

    assert_refused(controller.deploy(inventory, *settings), "the settings are not right:", *said)


@pytest.mark.parametrize(
    ("said", "objection"),
    [
        (["resolved video.company.net 192.0.2.9"],
         "video.company.net leads to 192.0.2.9: its A record in the DNS must be 198.51.100.10"),
        (['listen tcp LISTEN 0 511 *:80 *:* users:(("nginx",pid=61,fd=6))'],
         "port 80/tcp is taken by nginx (pid 61): stop it, web.domain needs this port"),
    ],
)  # fmt: skip
def test_host_that_is_not_what_production_says_is_refused_before_anything_changes(
    controller: Controller, said: list[str], objection: str
) -> None:
    answers = {**refusing(objection), "ss -Hlntup": [*ANSWERS["ss -Hlntup"], *said]}
    inventory = controller.inventory(ONE_MACHINE, env="prod", answers=answers)

    run = controller.pyinfra(inventory, "deploy.py", "-y", *controller.production(one_machine=True))

    assert_refused_by_the_host(run, objection)
