"""age: `secrets/ENV.yaml.age`, which is YAML encrypted for the same keys that sops reads, and streams of any length."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyrage
import yaml

from envivo.secrets.unreadable import ENTRIES, Unreadable

SUFFIX = ".yaml.age"


def entries(file: Path) -> Iterable[tuple[object, object]]:
    """Raises Unreadable."""
    sealed = file.read_bytes()
    if unfinished(sealed):
        raise Unreadable("is truncated or not an age file", "encrypt it again")
    where = default_keys()
    keys = identities(where)
    try:
        decrypted = pyrage.decrypt(sealed, keys)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise Unreadable(
                f"is encrypted for other keys than those in {where}", "ask a colleague to add your key"
            ) from None
        raise Unreadable("is damaged", "restore it, or encrypt it again") from None
    return parse(decrypted)


def recipients(given: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """Public keys, each as a text or in a file with one a line. Raises Unreadable."""
    lines = [(text, text) for text in given if text.startswith("age1")]
    for file in (Path(text) for text in given if not text.startswith("age1")):
        found = [
            (line, f"{file}: line {n}")
            for n, line in enumerate(_lines(file, "give a key age1..., or a file of such lines"), 1)
            if line and line[0] != "#"
        ]
        if not found:
            raise Unreadable(f"{file} has no recipient", "add a line age1...")
        lines += found
    return [_recipient(line, where) for line, where in lines]


def _recipient(line: str, where: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(line)
    except pyrage.RecipientError:
        raise Unreadable(f"{where} is not an age recipient", "it must be age1..., as age-keygen -y prints it") from None


@contextmanager
def encrypting(out: BinaryIO, keys: Sequence[pyrage.x25519.Recipient]) -> Iterator[BinaryIO]:
    """A file whose content is written to `out`, encrypted."""
    reads, writes = os.pipe()
    with ThreadPoolExecutor(1) as pool, open(reads, "rb") as source:  # noqa: PTH123 - a pipe
        done = pool.submit(_drained, pyrage.encrypt_io, source, out, list(keys))
        try:
            with open(writes, "wb") as into:  # noqa: PTH123 - a pipe
                yield into
        except BrokenPipeError:
            pass  # what broke it is the other end's error
        done.result()


@contextmanager
def decrypting(sealed: BinaryIO, keys: Sequence[pyrage.x25519.Identity]) -> Iterator[BinaryIO]:
    """A file with the decrypted content. Raises pyrage.DecryptError at the end of the context where it is not whole."""
    reads, writes = os.pipe()
    with ThreadPoolExecutor(1) as pool:

        def decrypt() -> None:
            with open(writes, "wb") as into:  # noqa: PTH123 - a pipe
                pyrage.decrypt_io(sealed, into, list(keys))

        done = pool.submit(decrypt)
        with open(reads, "rb") as found:  # noqa: PTH123 - a pipe
            try:
                yield found
                while found.read(1 << 20):
                    pass
            except Exception:
                if not found.read(1) and (error := done.exception()):  # the cause of what was missing
                    raise error from None
                raise
        done.result()


def _drained(
    encrypt: Callable[..., None], source: BinaryIO, out: BinaryIO, keys: list[pyrage.x25519.Recipient]
) -> None:
    try:
        encrypt(source, out, keys)
    finally:
        source.close()


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


def default_keys() -> Path:
    """Where sops finds identities too (sops, "Encrypting using age")."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(os.environ.get("SOPS_AGE_KEY_FILE") or home / "sops" / "age" / "keys.txt")


def identities(file: Path) -> list[pyrage.x25519.Identity]:
    """The keys of a file, as age-keygen writes it. Raises Unreadable."""
    lines = enumerate(_lines(file, "set SOPS_AGE_KEY_FILE to the file with your private key"), start=1)
    keys = [_identity(line, f"{file}: line {n}") for n, line in lines if line and not line.startswith("#")]
    if not keys:
        raise Unreadable(f"{file} contains no private key", "add a line AGE-SECRET-KEY-1...")
    return keys


def _lines(file: Path, fix: str) -> list[str]:
    try:
        return [line.strip() for line in file.read_text().splitlines()]
    except UnicodeDecodeError:
        raise Unreadable(f"{file} is not text", fix) from None
    except OSError as error:
        raise Unreadable(f"{file} cannot be read ({error.strerror})", fix) from None


def _identity(line: str, where: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(line)
    except pyrage.IdentityError:
        raise Unreadable(f"{where} is not a private key of age", "it must be a line AGE-SECRET-KEY-1...") from None
