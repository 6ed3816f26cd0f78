"""Where a wanted secret comes from: variable, file, generated; and what is said where nothing holds it."""

import json
from pathlib import Path
from typing import Any

import pytest

from envivo.config.lazy import LazySettings
from envivo.core.errors import EnvivoError, SettingsError
from envivo.core.problems import Problem
from envivo.secrets import (
    MissingSecret,
    SecretReference,
    encrypted,
    find,
    generated,
    held,
    optional_secret,
    resolve,
    secret,
)
from envivo.secrets.reference import within
from tests.unit.settings.conftest import Seal

WEBCAM = SecretReference("publish-webcam")
CANARY = "canary-4Jc8wK1pQz7LbN3xVt6RmY"


def test_group_data_that_wants_a_secret_reads_nothing(
    files: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "prod.yaml.age").write_text("not to be read")
    monkeypatch.setenv("ENVIVO_PROD_PUBLISH_WEBCAM", CANARY)

    assert secret("publish-webcam") == WEBCAM
    assert repr(secret("publish-webcam")) == "SecretReference(name='publish-webcam')"
    assert not state.exists()


@pytest.mark.parametrize("name", ["", "Publish", "publish_webcam", "publish webcam", "a/b", "a\n", "ä"])
def test_name_that_no_variable_could_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="lowercase letters, digits and -"):
        secret(name)


@pytest.mark.parametrize(
    ("variable", "file", "generate", "expected"),
    [
        ("from-variable", "from-file", True, "from-variable"),
        ("", "from-file", True, ""),
        (None, "from-file", True, "from-file"),
        (None, "from-file", False, "from-file"),
        ("from-variable", None, False, "from-variable"),
    ],
)
def test_variable_goes_before_file_goes_before_generated(
    variable: str | None, file: str | None, generate: bool, expected: str,
    age_file: Seal, state: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if variable is not None:
        monkeypatch.setenv("ENVIVO_PROD_PUBLISH_WEBCAM", variable)
    if file is not None:
        age_file("prod", f'publish-webcam: "{file}"\n')

    assert resolve("prod", WEBCAM, generate) == expected
    assert not state.exists()


def test_secret_that_nobody_set_is_generated_where_that_is_allowed(age_file: Seal) -> None:
    age_file("lab", 'another: "one"\n')
    assert resolve("lab", WEBCAM, generate=True) == generated("lab", "publish-webcam")


def test_generated_secret_is_not_taken_where_that_is_not_allowed() -> None:
    generated("prod", "publish-webcam")
    with pytest.raises(MissingSecret):
        resolve("prod", WEBCAM, generate=False)


@pytest.mark.parametrize(
    ("source", "generates", "expected"),
    [
        ("nowhere", False, None),
        ("nowhere", True, None),
        ("variable", False, CANARY),
        ("file", False, CANARY),
        ("generated", True, CANARY),
        ("generated", False, None),
    ],
)
def test_optional_secret_is_never_made_and_never_missing(
    source: str, generates: bool, expected: str | None, age_file: Seal, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if source == "variable":
        monkeypatch.setenv("ENVIVO_PROD_TURN_PREVIOUS", CANARY)
    if source == "file":
        age_file("prod", f'turn-previous: "{CANARY}"\n')
    if source == "generated":  # its user renamed the one that was generated before
        (state / "secrets").mkdir(parents=True)
        (state / "secrets" / "prod.json").write_text(json.dumps({"turn-previous": CANARY}))
    wanted = optional_secret("turn-previous")

    assert held("prod", wanted, generates) == expected
    assert held("prod", wanted, generates) == expected
    seen: list[object] = []
    data = {"turn": {"previous_secret": wanted, "relays": 3}}

    def judge(read: object) -> tuple[Read, list[Problem]]:
        seen.append(read)
        return Read(), []

    LazySettings(Path("prod.py"), lambda: data, generates, judge).read()
    there = {"previous_secret": CANARY} if expected else {}
    assert seen == [{"turn": {**there, "relays": 3}}]


def test_password_that_a_device_has_is_missing_where_others_are_generated(state: Path) -> None:
    data = {"cameras": {"gate": {"password": secret("camera-gate")}}, "web": {"password": secret("view")}}

    def judge(_read: object) -> tuple[Read, list[Problem]]:
        return Read(), []

    with pytest.raises(SettingsError) as refused:
        LazySettings(Path("lab.py"), lambda: data, True, judge).read()
    (problem,) = refused.value.problems
    assert (problem.place, problem.message) == ("cameras.gate.password", "is missing")
    assert list(json.loads((state / "secrets" / "lab.json").read_text())) == ["view"]


class Read:
    def to_json(self) -> dict[str, Any]:
        return {}


BOTH = "secrets/prod.sops.yaml or secrets/prod.yaml.age"


@pytest.mark.parametrize(("file", "places"), [(None, BOTH), ('another: "one"\n', "secrets/prod.yaml.age")])
def test_missing_secret_says_where_it_may_be_put(file: str | None, places: str, age_file: Seal) -> None:
    if file:
        age_file("prod", file)
    with pytest.raises(MissingSecret) as missing:
        resolve("prod", WEBCAM, generate=False)
    assert str(missing.value) == f"is missing: set ENVIVO_PROD_PUBLISH_WEBCAM, or put publish-webcam into {places}"


def test_two_encrypted_files_are_one_too_many(files: Path, age_file: Seal) -> None:
    age_file("prod", 'publish-webcam: "a"\n')
    (files / "prod.sops.yaml").write_text("")
    with pytest.raises(
        EnvivoError, match=r"^secrets: both secrets/prod.sops.yaml and secrets/prod.yaml.age exist: keep one$"
    ):
        resolve("prod", WEBCAM, generate=True)


def test_variable_spares_decrypting(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "prod.yaml.age").write_text("nobody could decrypt this")
    monkeypatch.setenv("ENVIVO_PROD_PUBLISH_WEBCAM", CANARY)
    assert resolve("prod", WEBCAM, generate=False) == CANARY


def test_file_is_decrypted_once_for_all_its_secrets(age_file: Seal) -> None:
    file = age_file("prod", 'publish-webcam: "a"\nturn: "b"\n')
    assert resolve("prod", WEBCAM, generate=False) == "a"
    before = encrypted.read.cache_info().misses
    file.write_bytes(b"")
    assert resolve("prod", SecretReference("turn"), generate=False) == "b"
    assert encrypted.read.cache_info().misses == before


def test_found_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIVO_PROD_PUBLISH_WEBCAM", CANARY)
    assert CANARY not in repr(find("prod", WEBCAM))


def test_wanted_secrets_are_found_wherever_they_stand_in_the_data() -> None:
    data = {"a": {"b": [{"password": secret("one")}, 1, "text"], "c": (secret("two"),)}, "d": secret("one"), "e": None}
    assert [wanted.name for wanted in within(data)] == ["one", "two", "one"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is damaged: it is not a JSON object of texts: restore it"),
        ("[]", "is damaged"), ("\udce9", "is damaged"),
        (f'{{"turn": "{CANARY}"', "is damaged"), (f'{{"turn": ["{CANARY}"]}}', "is damaged"),
        (None, "cannot be used (Is a directory)"),
    ],
)  # fmt: skip
def test_store_that_cannot_be_read_is_one_line_and_is_left_alone(state: Path, text: str | None, why: str) -> None:
    file = state / "secrets" / "lab.json"
    file.parent.mkdir(parents=True)
    if text is None:
        file.mkdir()
    else:
        file.write_text(text, errors="surrogateescape")
    for make in (True, False):
        with pytest.raises(EnvivoError, match=r"^state/secrets/lab\.json: ") as refused:
            generated("lab", "turn") if make else held("lab", SecretReference("turn"), True)
        assert why in str(refused.value) and refused.value.exit_code == 2 and CANARY not in str(refused.value)
    assert text is None or file.read_text(errors="surrogateescape") == text
