"""`envivo secrets ENV`, as people and pipes call it, in a checkout of its own."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from envivo.core.paths import PROJECT as ROOT
from envivo.secrets import encrypted
from tests.unit.settings.conftest import Seal

GOOD = "canary-4Jc8wK1pQz7LbN3xVt6RmY"
GROUP_DATA = """
from types import SimpleNamespace
from envivo.secrets import optional_secret, secret
settings = SimpleNamespace(
    data={{"mediamtx": {{"password": secret("publish-webcam"), "viewers": [{{"password": secret("view")}}],
                       "previous": optional_secret("turn-previous")}}}},
    generates={generates},
)
"""
ENVIVO = "from envivo.cli import main; main()"


@pytest.fixture
def checkout(files: Path) -> Path:
    root = files.parent
    for env, generates in (("prod", False), ("lab", True)):
        for directory, text in (("inventories", ""), ("group_data", GROUP_DATA.format(generates=generates))):
            (root / directory).mkdir(exist_ok=True)
            (root / directory / f"{env}.py").write_text(text)
    return root


def envivo(checkout: Path) -> list[str]:
    return ["env", f"ENVIVO_PROJECT={checkout}", sys.executable, "-c", ENVIVO, "secrets"]


def run(checkout: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run([*envivo(checkout), *arguments], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert GOOD not in said
    return re.sub(r"^next: .*\n", "", said, flags=re.MULTILINE)


def test_each_secret_is_listed_with_its_place(checkout: Path, age_file: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    age_file("prod", f'view: "{GOOD}"\npublish-webcam: "{GOOD}"\n')
    monkeypatch.setenv("ENVIVO_PROD_PUBLISH_WEBCAM", GOOD)

    assert run(checkout, "prod").splitlines() == [
        "publish-webcam: variable: ENVIVO_PROD_PUBLISH_WEBCAM",
        "view: file: secrets/prod.yaml.age",
    ]


def test_one_secret_is_listed_alone(checkout: Path) -> None:
    assert run(checkout, "lab", "view").splitlines() == ["view: generated: .envivo/secrets/lab.json"]
    known = "did you mean view? Or choose one of publish-webcam, view, turn-previous"
    assert run(checkout, "lab", "veiw", code=2) == f"veiw: the settings have no such secret: {known}\n"
    assert "remove view" in run(checkout, "lab", "view", "--new", code=2)


def test_missing_and_weak_secrets_are_findings(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIVO_PROD_VIEW", "kettle7")

    assert run(checkout, "prod", code=1).splitlines() == [
        "publish-webcam: missing",
        "view: variable: ENVIVO_PROD_VIEW",
        "controller: publish-webcam is missing: set ENVIVO_PROD_PUBLISH_WEBCAM, "
        "or put publish-webcam into secrets/prod.sops.yaml or secrets/prod.yaml.age",
        "controller: view must have at least 8 characters, has 7: "
        "use three or four unrelated words, joined by -: change it in ENVIVO_PROD_VIEW",
    ]


def test_people_may_choose_their_passwords_and_machines_may_not(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIVO_PROD_VIEW", "blue-kettle-7")
    monkeypatch.setenv("ENVIVO_PROD_PUBLISH_WEBCAM", "blue-kettle-7")

    (finding,) = (line for line in run(checkout, "prod", code=1).splitlines() if line.startswith("controller: "))
    assert finding.startswith("controller: publish-webcam must be random and have 128 bits ")


def test_secret_that_a_machine_uses_too_is_not_a_persons(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = checkout / "group_data" / "prod.py"
    file.write_text(file.read_text().replace('secret("publish-webcam")', 'secret("view")'))
    monkeypatch.setenv("ENVIVO_PROD_VIEW", "blue-kettle-7")

    assert "controller: view must be random and have 128 bits " in run(checkout, "prod", code=1)


def test_value_that_the_settings_would_not_take_is_a_finding(checkout: Path, age_file: Seal) -> None:
    age_file("prod", f'view: "{GOOD}$"\npublish-webcam: "{GOOD}"\n')
    said = run(checkout, "prod", code=1)
    assert "controller: view must consist of letters, digits, _ and -" in said


def test_report_for_machines_has_findings_and_no_value(checkout: Path, age_file: Seal) -> None:
    age_file("prod", f'view: "{GOOD}"\n')
    told = json.loads(run(checkout, "prod", "--json", code=1))
    assert told["secrets"] == [
        {"name": "publish-webcam", "source": "missing", "place": ""},
        {"name": "view", "source": "file", "place": "secrets/prod.yaml.age"},
    ]
    assert (told["env"], told["ok"]) == ("prod", False)
    assert [(finding["code"], finding["host"]) for finding in told["findings"]] == [("secret-missing", "controller")]


def test_password_that_a_device_has_is_never_generated_nor_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for env in ("lab", "prod"):
        file = checkout / "group_data" / f"{env}.py"
        more = 'data={"cameras": {"a": {"password": secret("camera-a")}}, '
        file.write_text(file.read_text().replace("data={", more))
        (finding,) = (line for line in run(checkout, env, "camera-a", code=1).splitlines() if ": " in line[11:])
        assert f"camera-a is missing: set ENVIVO_{env.upper()}_CAMERA_A, or put camera-a into " in finding
        assert "camera-a" not in run(checkout, env, "--new")
        monkeypatch.setenv(f"ENVIVO_{env.upper()}_CAMERA_A", "p@ss")
        assert run(checkout, env, "camera-a").splitlines() == [f"camera-a: variable: ENVIVO_{env.upper()}_CAMERA_A"]


def test_generated_secrets_are_not_made_by_looking(checkout: Path) -> None:
    assert run(checkout, "lab").splitlines() == [
        "publish-webcam: generated: .envivo/secrets/lab.json",
        "view: generated: .envivo/secrets/lab.json",
    ]
    assert not (checkout / ".envivo").exists()
    assert run(checkout, "lab", "--json") and "lab: no secret is missing" in run(checkout, "lab", "--new")


@pytest.mark.parametrize("env", ["prod", "lab"])
def test_optional_secret_is_listed_where_it_is_set_and_judged_like_any(
    checkout: Path, env: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"ENVIVO_{env.upper()}_TURN_PREVIOUS"
    for one in ("PUBLISH_WEBCAM", "VIEW"):
        monkeypatch.setenv(f"ENVIVO_{env.upper()}_{one}", GOOD)
    assert "turn-previous" not in run(checkout, env) + run(checkout, env, "--new")

    monkeypatch.setenv(name, GOOD)
    assert f"turn-previous: variable: {name}" in run(checkout, env).splitlines()
    monkeypatch.setenv(name, "changeme")
    assert f"turn-previous must be random, is a placeholder: change it in {name}" in run(checkout, env, code=1)


def test_optional_secret_that_was_generated_under_another_name_is_listed(checkout: Path) -> None:
    kept = checkout / ".envivo" / "secrets" / "lab.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"turn-previous": GOOD}))

    assert "turn-previous: generated: .envivo/secrets/lab.json" in run(checkout, "lab").splitlines()


def test_file_that_cannot_be_read_is_exit_code_2(checkout: Path, files: Path) -> None:
    (files / "prod.yaml.age").write_text(GOOD)
    assert run(checkout, "prod", code=2).startswith("secrets/prod.yaml.age: is truncated or not an age file: ")


def test_environment_without_settings_is_exit_code_2(checkout: Path) -> None:
    said = "prodd: there is no such environment: did you mean prod? Or choose one of lab, prod\n"
    assert run(checkout, "prodd", code=2) == said
    (checkout / "group_data" / "prod.py").write_text("")
    assert run(checkout, "prod", code=2) == "group_data/prod.py: has no settings: add settings = environment(...)\n"


PIPE = "encrypt them: envivo secrets prod --new | age -r age1... > secrets/prod.yaml.age"


def refuse_to_print(checkout: Path, out: int | TextIO, what: str) -> None:
    command = [*envivo(checkout), "prod", "--new"]
    done = subprocess.run(command, stdin=out, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, f"--new: would print secrets to a {what}: {PIPE}\n")


def test_fresh_values_are_not_printed_to_a_terminal(checkout: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        refuse_to_print(checkout, theirs, "terminal")
        os.set_blocking(ours, False)
        with pytest.raises(BlockingIOError):
            os.read(ours, 1)
    finally:
        os.close(ours)
        os.close(theirs)


def test_fresh_values_are_not_kept_in_a_plain_file(checkout: Path) -> None:
    with (checkout / "plain.yaml").open("w") as out:
        refuse_to_print(checkout, out, "file")
    assert (checkout / "plain.yaml").read_text() == ""


SOPS = "sops --encrypt --input-type yaml --output-type yaml --age {key} /dev/stdin > secrets/prod.sops.yaml"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("age -r {key} > secrets/prod.yaml.age", id="age"),
        pytest.param(SOPS, id="sops", marks=pytest.mark.skipif(not shutil.which("sops"), reason="Debian has no sops")),
    ],
)
def test_fresh_values_go_through_a_pipe_into_the_file(command: str, checkout: Path, key: str) -> None:
    piped(checkout, f'"$@" prod --new | {command.format(key=key)}')

    said = run(checkout, "prod").splitlines()
    file = encrypted.file_of("prod")
    assert file is not None
    assert said == [f"publish-webcam: file: secrets/{file.name}", f"view: file: secrets/{file.name}"]
    assert len(set(encrypted.read(file).values())) == 2


def test_what_is_missing_is_added_to_what_is_there(checkout: Path, age_file: Seal, key: str) -> None:
    file = age_file("prod", f'view: "{GOOD}"\n')
    keys = checkout / "config" / "sops" / "age" / "keys.txt"

    piped(checkout, f'{{ age -d -i {keys} secrets/prod.yaml.age; "$@" prod --new; }} | age -r {key} > secrets/new.age')
    (checkout / "secrets" / "new.age").replace(file)

    held = encrypted.read(file)
    assert list(held) == ["view", "publish-webcam"]
    assert held["view"] == GOOD
    run(checkout, "prod")


def piped(checkout: Path, line: str) -> None:
    subprocess.run(["bash", "-o", "pipefail", "-c", line, "bash", *envivo(checkout)], cwd=checkout, check=True)


def test_only_encrypted_files_can_be_committed(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    plain = ["secrets/prod.yaml", "secrets/prod.yml", "secrets/new.age"]
    names = ["secrets/prod.sops.yaml", "secrets/prod.yaml.age", *plain]
    asked = subprocess.run(["git", "check-ignore", *names], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert asked.stdout.split() == plain
