"""Bad input: one clear message, a return code that is not 0, no traceback, and no operation begins."""

from pathlib import Path
from typing import Any

import pytest

from tests.plan.conftest import ANSWERS, APART, ONE_MACHINE, PASSWORD, TOGETHER, Controller, Run
from tests.unit.artifacts.parts import fill

PUBLISHER = {"user": "webcam", "password": PASSWORD}


def assert_refused(run: Run, *said: str) -> None:
    assert run.returncode != 0
    text = " ".join(run.stderr.split())
    for words in said:
        assert words in text, run.stderr
    assert "pyinfra error" not in run.stderr and "Traceback" not in run.stderr, run.stderr
    assert "pyinfra-debug.log" not in run.stderr
    assert "Beginning operation run" not in run.stderr and "Starting operation" not in run.stderr
    assert PASSWORD not in run.stdout + run.stderr


def refusing(words: str) -> dict[str, Any]:
    """What a bare host says on which a command that prints these words fails, as on a real one."""
    return {words: {"success": False, "stderr": [words]}, **ANSWERS}


def assert_refused_by_the_host(run: Run, objection: str) -> None:
    """The first operation, which changes nothing, ends well; the next one begins, and fails."""
    assert run.returncode != 0
    assert objection in " ".join(run.stderr.split()), run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.count("Starting operation") == 2 and "Success" not in run.stderr, run.stderr
    assert PASSWORD not in run.stdout + run.stderr


def test_inventory_that_does_not_exist_is_refused(controller: Controller) -> None:
    assert_refused(
        controller.deploy("inventories/labb.py"),
        "inventories/labb.py: there is no such inventory: did you mean inventories/lab.py? Or choose one of",
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

    assert_refused(run, "--limit cam9: matches no host: choose one of @fake/media1, @fake/cam1, ")


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
        "invalid settings:",
        "lab.py: mediamtx.rtmp_port: must be a port number from 1024 to 65535, is '1935'",
        "lab.py: mediamtx.hls.segment_duration: must be at least 1s, is 0s",
        "lab.py: mediamtx.hls.segments: unknown key",
    )
    assert "Connecting to hosts" not in run.stderr


def test_environment_without_settings_is_refused(controller: Controller) -> None:
    inventory = controller.inventory(TOGETHER, env="attic")

    assert_refused(controller.deploy(inventory), "group_data/attic.py: does not exist: create it: define settings = ")


def test_mistake_in_group_data_is_one_line(controller: Controller, tmp_path: Path) -> None:
    file = tmp_path / "more" / "lab.py"
    file.parent.mkdir()
    file.write_text("x = 1\nsettings = (\n")

    run = controller.deploy(controller.inventory(TOGETHER), "--group-data", str(file.parent))

    assert_refused(run, f"{file}: line 2: is not valid Python ('(' was never closed)")


def test_inventory_that_does_not_fit_the_settings_is_refused(controller: Controller) -> None:
    inventory = controller.inventory({"media": ["media1", "media2"], "cameras": ["cam1"]})

    assert_refused(
        controller.deploy(inventory, *controller.settings(cameras={"webcam": {"host": "attic"}})),
        "inventories/lab.py: media: needs exactly one host (has 2)",
        "group_data/lab.py: cameras.webcam.host: must be a host of the inventory group cameras, is 'attic'",
    )


def test_wrong_setting_of_a_host_is_refused_at_the_host(controller: Controller) -> None:
    own: dict[str, dict[str, object]] = {
        "cam1": {"base": {"other_ports": ["tcp"]}, "media_adress": "10.0.0.5"},
        "media1": {"public_address": 5},
    }

    assert_refused(
        controller.deploy(controller.inventory(APART, own=own)),
        "@fake/media1: public_address: must be of type string, is 5",
        "@fake/cam1: base.other_ports.0: must be a port and its protocol such as 9100/tcp, is 'tcp'",
        "@fake/cam1: media_adress: unknown key: did you mean media_address?",
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

    run = controller.deploy(controller.inventory(TOGETHER), ENVIVO_CACHE=str(tmp_path / "cache"))

    assert_refused(run, f"{archive}: has sha256 ", "instead of ", "run `envivo artifacts fetch`")


def test_media_host_of_another_architecture_is_refused(controller: Controller) -> None:
    answers = {**ANSWERS, "uname -m": "riscv64"}
    inventory = controller.inventory(TOGETHER, answers=answers)

    assert_refused(
        controller.deploy(inventory),
        "@fake/lab1: the architecture is riscv64: a media host must be x86_64 or aarch64",
    )


def test_host_whose_docker_configuration_cannot_be_read_is_refused_before_anything_changes(
    controller: Controller,
) -> None:
    objection = "/etc/docker/daemon.json: is not a JSON object, so Docker cannot start"
    said = [*ANSWERS["ss -Hlntup"], "document /etc/docker/daemon.json ewo="]
    inventory = controller.inventory(TOGETHER, answers={**refusing(objection), "ss -Hlntup": said})

    assert_refused_by_the_host(controller.deploy(inventory), objection)


def test_shipped_production_is_refused_with_one_list_of_what_it_lacks(controller: Controller) -> None:
    run = controller.pyinfra("inventories/prod.py", "deploy.py", "-y")

    assert_refused(run, "invalid settings:")
    _, _, listed = run.stderr.partition("invalid settings:\n")
    lines = [line.strip() for line in listed.splitlines() if line.startswith("    ")]
    of_prod = [f"group_data/prod.py: {name}" for name in ("DOMAIN", "ADDRESS", "TURN_DOMAIN", "TURN_ADDRESS", "EMAIL")]
    unfilled = [line.partition(": must be filled in, for example ")[0] for line in lines if "must be filled in" in line]
    assert sorted(unfilled) == sorted([*of_prod, "inventories/prod.py: CAMERA"])
    missing = [line for line in lines if " is missing: " in line]
    assert missing[0].startswith(
        "group_data/prod.py: turn.secret: is missing: set ENVIVO_PROD_TURN, or put turn into secrets/prod."
    )
    assert len(missing) == 4 and len(lines) == len(missing) + len(unfilled)
    assert "Connecting to hosts" not in run.stderr


def test_host_that_its_name_does_not_lead_to_is_refused_before_anything_changes(controller: Controller) -> None:
    objection = "video.company.net resolves to 192.0.2.9: its A record in the DNS must be 198.51.100.10"
    said = [*ANSWERS["ss -Hlntup"], "resolved video.company.net 192.0.2.9"]
    inventory = controller.inventory(ONE_MACHINE, env="prod", answers={**refusing(objection), "ss -Hlntup": said})

    run = controller.pyinfra(inventory, "deploy.py", "-y", *controller.production(one_machine=True))

    assert_refused_by_the_host(run, objection)
