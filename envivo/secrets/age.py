"""`secrets/ENV.yaml.age`: YAML, encrypted by age for the same keys that sops reads."""

import os
from collections.abc import Iterable
from pathlib import Path

import pyrage
import yaml

from envivo.secrets.unreadable import ENTRIES, Unreadable

SUFFIX = ".yaml.age"


def entries(file: Path) -> Iterable[tuple[object, object]]:
    """Raises Unreadable."""
    sealed = file.read_bytes()
    if unfinished(sealed):
        raise Unreadable("is truncated or not an age file", "encrypt it again")
    where = _keys()
    keys = _identities(where)
    try:
        decrypted = pyrage.decrypt(sealed, keys)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise Unreadable(f"is encrypted for other keys than those in {where}", "have your key added") from None
        raise Unreadable("is damaged", "restore it, or encrypt it again") from None
    return parse(decrypted)


def unfinished(sealed: bytes) -> bool:
    """Whether age has not written the content yet: header and nonce come first (age v1, "Payload")."""
    if sealed.startswith(b"-----BEGIN"):
        return b"\n-----END" not in sealed
    _mac, _newline, payload = sealed.partition(b"\n--- ")[2].partition(b"\n")
    return len(payload) <= 16


def parse(decrypted: bytes) -> Iterable[tuple[object, object]]:
    """The document's entries, None for values that are not text. Raises Unreadable."""
    try:
        document = yaml.compose(decrypted, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise Unreadable(f"its content is not valid YAML{line}", ENTRIES) from None
    except yaml.YAMLError:
        raise Unreadable("its content is not UTF-8 text", ENTRIES) from None
    if not isinstance(document, yaml.MappingNode):
        raise Unreadable("its content is not a YAML mapping", ENTRIES)
    return [(_text(name), _text(value)) for name, value in document.value]


def _text(node: yaml.Node) -> str | None:
    return str(node.value) if node.tag == "tag:yaml.org,2002:str" else None


def _keys() -> Path:
    """Where sops finds identities too (sops, "Encrypting using age")."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(os.environ.get("SOPS_AGE_KEY_FILE") or home / "sops" / "age" / "keys.txt")


def _identities(file: Path) -> list[pyrage.x25519.Identity]:
    lines = enumerate(_lines(file), start=1)
    keys = [_identity(line, f"{file}: line {n}") for n, line in lines if line and not line.startswith("#")]
    if not keys:
        raise Unreadable(f"{file} contains no identity to decrypt it with", "add a line AGE-SECRET-KEY-1...")
    return keys


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text().splitlines()]
    except (OSError, UnicodeDecodeError):
        raise Unreadable(
            f"{file} has the identity to decrypt it, but cannot be read", "set SOPS_AGE_KEY_FILE to yours"
        ) from None


def _identity(line: str, where: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(line)
    except pyrage.IdentityError:
        raise Unreadable(f"{where} is not an age identity", "it must be a line AGE-SECRET-KEY-1...") from None
