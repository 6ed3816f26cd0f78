"""`secrets/ENV.sops.yaml`, by the program sops."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from envivo.secrets.unreadable import ENTRIES, Unreadable

SUFFIX = ".sops.yaml"
_WITHIN_S = 60  # its keys may be in a key service on the network

# sops 3.13, cmd/sops/codes
_EXITS = {
    1: ("is not a valid sops file", "restore it, or encrypt it with sops"),
    25: ("contains a value that does not decrypt", "restore it, and change it with sops only"),
    51: ("was modified outside sops", "restore it, and change it with sops only"),
    128: (
        "is encrypted for other keys than yours",
        "set SOPS_AGE_KEY_FILE to your key file, or ask a colleague to add your key",
    ),
}


def entries(file: Path) -> Iterable[tuple[object, object]]:
    """Raises Unreadable."""
    try:
        # without its stderr, which might quote the file
        ran = subprocess.run(
            ["sops", "--decrypt", "--output-type", "json", str(file)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_WITHIN_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Unreadable("needs the program sops, which is not installed", "install it on PATH") from None
    except subprocess.TimeoutExpired:
        raise Unreadable(f"sops did not decrypt it within {_WITHIN_S} s", _more(file)) from None
    if ran.returncode:
        raise Unreadable(*_EXITS.get(ran.returncode, (f"sops ended with exit code {ran.returncode}", _more(file))))
    return parse(ran.stdout)


def parse(decrypted: bytes) -> Iterable[tuple[object, object]]:
    """What sops printed as JSON. Raises Unreadable."""
    try:
        data = json.loads(decrypted)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Unreadable("its content is not a YAML mapping", ENTRIES)
    return data.items()


def _more(file: Path) -> str:
    return f"`sops --decrypt {file.parent.name}/{file.name} >/dev/null` says why"
