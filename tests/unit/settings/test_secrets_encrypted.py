"""Encrypted files: made by the real age and the real sops, and everything that can be wrong with them."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import encrypt, x25519

from envivo.core.errors import EnvivoError
from envivo.secrets import encrypted
from tests.unit.settings.conftest import Seal

CANARY = "canary-4Jc8wK1pQz7LbN3xVt6RmY"
OTHER = str(x25519.Identity.generate().to_public())
real_sops = pytest.mark.skipif(not shutil.which("sops"), reason="Debian has no sops")

BROKEN = [
    (f"- {CANARY}\n", "its content is not a YAML mapping: "),
    (f"{CANARY}\n", "its content is not a YAML mapping: "),
    ("", "its content is not a YAML mapping: "),
    (f'a: "ok"\nb: {{{CANARY}\n', "its content is not valid YAML (line 3): "),
    (f'a: "{CANARY}\n', "its content is not valid YAML (line 2): "),
    (f"a: {CANARY}\n---\nb: c\n", "its content is not valid YAML (line 2): "),
    (f"a: \0{CANARY}\n", "its content is not UTF-8 text: "),
    ("a: 12345678\n", "entry 1: its value is not text: "),
    (f"b: x\na:\n  nested: {CANARY}\n", "entry 2: its value is not text: "),
    ("a:\n", "entry 1: its value is not text: "),
    (f"{CANARY}: x\n", "entry 1: invalid secret name: "),
    ("12: x\n", "entry 1: invalid secret name: "),
    (f"a: x\na: {CANARY}\n", "entry 2: its name is already used: "),
]


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_age_file_that_holds_something_else_is_refused(text: str, said: str, age_file: Seal) -> None:
    refused(age_file("prod", text), said)


@pytest.mark.parametrize("armour", [(), ("--armor",)])
def test_file_of_the_program_age_is_read(armour: tuple[str, ...], files: Path, key: str) -> None:
    file = files / "prod.yaml.age"
    subprocess.run(["age", *armour, "-r", key, "-r", OTHER, "-o", str(file)], input=b'turn: "a"\n', check=True)
    assert encrypted.read(file) == {"turn": "a"}


@pytest.mark.parametrize(
    ("sealed", "said"),
    [
        (lambda whole: b"", "is truncated or not an age file: "),
        (lambda whole: b"turn: " + CANARY.encode(), "is truncated or not an age file: "),
        (lambda whole: whole[: whole.index(b"\n--- ") + 65], "is truncated or not an age file: "),
        (lambda whole: whole[:-1], "is damaged: "),
        (lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]), "is damaged: "),
        (
            lambda whole: encrypt(b"a: b", [x25519.Recipient.from_str(OTHER)]),
            "is encrypted for other keys than those in ",
        ),
    ],
    ids=["empty", "plain", "begun", "cut", "changed", "other key"],
)
def test_age_file_that_is_not_ours_or_not_whole_is_refused(
    sealed: Callable[[bytes], bytes], said: str, age_file: Seal
) -> None:
    file = age_file("prod", f"turn: {CANARY}\n")
    file.write_bytes(sealed(file.read_bytes()))
    refused(file, said)


@pytest.mark.parametrize("name", ["prod.yaml.age", "prod.sops.yaml"])
@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda file: file.mkdir(), "cannot be read (Is a directory): "),
        (lambda file: file.symlink_to(file), "cannot be read (Too many levels of symbolic links): "),
        (lambda file: file.symlink_to(file.with_name("gone")), "cannot be read (No such file or directory): "),
    ],
    ids=["directory", "loop", "dangling"],
)
def test_what_is_not_a_file_is_refused_and_nothing_is_generated_in_its_place(
    put: Callable[[Path], None], said: str, name: str, files: Path
) -> None:
    put(files / name)
    assert encrypted.file_of("prod") == files / name
    refused(files / name, said)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (None, " cannot be read (No such file or directory): set SOPS_AGE_KEY_FILE to the file with your private key"),
        (b"\xff\xfe", " is not text: "),
        (b"# nothing\n\n", " contains no private key: add a line AGE-SECRET-KEY-1..."),
        (f"# one\n{CANARY}\n".encode(), ": line 2 is not a private key of age: it must be a line AGE-SECRET-KEY-1..."),
    ],
    ids=["missing", "no text", "empty", "something else"],
)
def test_identity_that_cannot_be_used_is_named_by_its_file(
    held: bytes | None, said: str, age_file: Seal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "my-keys.txt"
    if held is not None:
        keys.write_bytes(held)
    file = age_file("prod", "a: b\n")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(keys))
    refused(file, f"{keys}{said}")


def test_identities_are_those_of_the_named_file(
    age_file: Seal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = age_file("prod", "turn: a\n")
    default = tmp_path / "config" / "sops" / "age" / "keys.txt"
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(default.rename(tmp_path / "moved.txt")))
    assert encrypted.read(file) == {"turn": "a"}


@real_sops
def test_sops_file_is_read_with_the_key_that_opens_age_files(sops_file: Seal, age_file: Seal) -> None:
    text = f'turn: "{CANARY}"\n"null": "12"\n'
    expected = {"turn": CANARY, "null": "12"}
    assert encrypted.read(sops_file("prod", text)) == expected
    assert encrypted.read(age_file("staging", text)) == expected


@real_sops
@pytest.mark.parametrize(
    ("sealed", "said"),
    [
        (lambda whole: "", "is not a valid sops file: "),
        (lambda whole: f"turn: {CANARY}\n", "is not a valid sops file: "),
        (lambda whole: whole.replace("sops:", "sops: {{"), "is not a valid sops file: "),
        (lambda whole: whole.replace("turn:", "tern:"), "contains a value that does not decrypt: "),
        (lambda whole: whole[whole.index("other:") :], "was modified outside sops: "),
    ],
    ids=["empty", "plain", "broken", "renamed", "entry removed"],
)
def test_sops_file_that_was_changed_is_refused(sealed: Callable[[str], str], said: str, sops_file: Seal) -> None:
    file = sops_file("prod", f"turn: {CANARY}\nother: x\n")
    file.write_text(sealed(file.read_text()))
    refused(file, said)


@real_sops
@pytest.mark.parametrize("identity", [str(x25519.Identity.generate()), ""], ids=["other", "none"])
def test_sops_file_for_other_keys_is_refused(
    identity: str, sops_file: Seal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sops_file("prod", f"turn: {CANARY}\n")
    (tmp_path / "config" / "sops" / "age" / "keys.txt").write_text(identity)
    monkeypatch.setenv("HOME", str(tmp_path))  # sops takes SSH keys too
    refused(file, "is encrypted for other keys than yours: ")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "needs the program sops, which is not installed: "),
        ("exit 1", "is not a valid sops file: "),
        ("exit 25", "contains a value that does not decrypt: "),
        ("exit 51", "was modified outside sops: "),
        ("exit 128", "is encrypted for other keys than yours: "),
        (f"echo {CANARY} >&2; exit 77", "sops ended with exit code 77: `sops --decrypt secrets/prod.sops.yaml"),
        (f"echo {CANARY}", "its content is not a YAML mapping: "),
        (f"echo '[\"{CANARY}\"]'", "its content is not a YAML mapping: "),
        (f'echo \'{{"{CANARY}": "a"}}\'', "entry 1: invalid secret name: "),
        ("echo '{\"a\": 12345678}'", "entry 1: its value is not text: "),
        (f'echo \'{{"a": "x", "b": {{"nested": "{CANARY}"}}}}\'', "entry 2: its value is not text: "),
        (f"exec sleep 60 # {CANARY}", "sops did not decrypt it within 0.2 s: "),
    ],
)
def test_every_end_of_sops_is_one_clear_error(
    script: str | None, said: str, files: Path, sops_on_path: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envivo.secrets.sops._WITHIN_S", 0.2 if "0.2 s" in said else 30)
    if script is None:
        monkeypatch.setenv("PATH", str(files))
    else:
        sops_on_path(script)
    (files / "prod.sops.yaml").write_text("")
    refused(files / "prod.sops.yaml", said)


def test_sops_is_asked_for_json_and_given_no_input(files: Path, sops_on_path: Callable[[str], None]) -> None:
    file = files / "prod.sops.yaml"
    file.write_text("")
    sops_on_path(f"""[ "$*" = "--decrypt --output-type json {file}" ] && ! read -r _ && echo '{{"turn": "a"}}'""")
    assert encrypted.read(file) == {"turn": "a"}


@pytest.fixture
def sops_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a program `sops` first on PATH that is only as much of it as envivo sees."""

    def put(script: str) -> None:
        program = tmp_path / "bin" / "sops"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    return put


def refused(file: Path, said: str) -> None:
    """The file is refused with one error that begins so, says how to mend it, and holds nothing of the content."""
    with pytest.raises(EnvivoError) as error:
        encrypted.read(file)
    text = str(error.value)
    assert text.startswith(f"secrets/{file.name}: ")
    assert said in text
    assert error.value.exit_code == 2
    assert error.value.fix
    assert CANARY not in text
    assert error.value.__cause__ is error.value.__context__ is None
