"""Places of one's own for secrets, and keys that open the encrypted files there."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import encrypt, x25519

Seal = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("envivo.secrets.store.STATE", tmp_path / "state")
    return tmp_path / "state"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory `secrets/` of the test; nothing of the person who runs it is read."""
    (tmp_path / "secrets").mkdir()
    monkeypatch.setattr("envivo.secrets.encrypted.FILES", tmp_path / "secrets")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in [name for name in os.environ if name.startswith(("ENVIVO_PROD_", "ENVIVO_LAB_", "SOPS_"))]:
        monkeypatch.delenv(name)
    return tmp_path / "secrets"


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A recipient, whose identity lies where sops looks for it."""
    identity = x25519.Identity.generate()
    file = tmp_path / "config" / "sops" / "age" / "keys.txt"
    file.parent.mkdir(parents=True)
    file.write_text(f"# created: today\n\n{identity}\n")
    return str(identity.to_public())


@pytest.fixture
def age_file(files: Path, key: str) -> Seal:
    """Writes `secrets/ENV.yaml.age`."""

    def seal(env: str, text: str) -> Path:
        file = files / f"{env}.yaml.age"
        file.write_bytes(encrypt(text.encode(), [x25519.Recipient.from_str(key)]))
        return file

    return seal


@pytest.fixture
def sops_file(files: Path, key: str) -> Seal:
    """Writes `secrets/ENV.sops.yaml` with the real program, where that is installed."""

    def seal(env: str, text: str) -> Path:
        file = files / f"{env}.sops.yaml"
        with file.open("wb") as out:
            subprocess.run(
                ["sops", "--encrypt", "--input-type", "yaml", "--output-type", "yaml", "--age", key, "/dev/stdin"],
                input=text.encode(), stdout=out, check=True,
            )  # fmt: skip
        return file

    return seal
