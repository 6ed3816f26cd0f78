"""What an environment may say, checked before the first connection.

Each role describes its part in `roles/NAME/settings.py` with `Settings`; `roles.environment` puts the parts together.
A finding reads `group_data/lab.py: mediamtx.hls.segment_duration: must be at least 1s, is 0s`.
"""

import os
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    SecretStr,
    StringConstraints,
    ValidationError,
)

from envivo.errors import EnvivoError
from envivo.places import ROOT
from envivo.secrets.judgement import objection

REVEAL = "ENVIVO_REVEAL_SECRETS"
"""Set to 1 by envivo's own commands for the process that reads an inventory to them over a pipe; by nobody else."""
MASK = "**********"
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Settings(BaseModel):
    """Part of an environment: unknown keys are refused, nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> dict[str, Any]:
        """For `pyinfra INVENTORY debug-inventory --json`; secrets come out as asterisks, unless REVEAL says not."""
        return self.model_dump(mode="json")


class SettingsError(EnvivoError):
    """All findings about one environment, one a line."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("the settings", f"{len(lines)} wrong", "correct each of these", exit_code=2)
        self.lines = list(lines)
        self.args = ("\n".join(["the settings are not right:", *(f"    {line}" for line in lines)]),)


def duration(text: str) -> timedelta:
    """`200ms`, `1s`, `10m`, `168h`, `7d`: MediaMTX's durations with one unit (mediamtx.md 1a). Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,9})(ms|s|m|h|d)", text)
    if not match:
        raise ValueError(f"must be a number and one of ms, s, m, h, d (200ms, 1s, 168h), is {text!r}")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def at_least(shortest: str) -> Callable[[str], str]:
    """A validator of durations."""

    def check(text: str) -> str:
        if duration(text) < duration(shortest):
            raise ValueError(f"must be at least {shortest}, is {text}")
        return text

    return check


def _port(value: object) -> object:
    # those below are root's, and no service of envivo runs as root
    if isinstance(value, bool) or not isinstance(value, int) or not 1024 <= value <= 65535:
        raise ValueError(f"must be a port number from 1024 to 65535, is {value!r}")
    return value


def _path_name(name: str) -> str:
    """MediaMTX's rule for the names of paths (mediamtx.md 1a)."""
    if not re.fullmatch(r"[0-9A-Za-z_./-]+", name):
        raise ValueError(f"{name!r}: a path name has only letters, digits and _ - . /")
    if any(level in ("", ".", "..") for level in name.split("/")):
        raise ValueError(f"{name!r}: a path name has no slash at its ends and no empty, . or .. level")
    if name in ("all", "all_others"):
        raise ValueError(f"{name!r}: means every path to MediaMTX: list each by its name")
    return name


def _text(secret: object) -> object:
    """Before pydantic, whose own error quotes what it was given."""
    if not isinstance(secret, str | SecretStr):
        raise ValueError("must be text")
    return secret


def _somebody(user: str) -> str:
    if user == "any":
        raise ValueError("'any' means everybody to MediaMTX: choose another name")
    return user


def _secret(secret: SecretStr) -> SecretStr:
    """Characters that survive every place where a credential is put: YAML, URLs, RTMP queries, `Bearer user:pass`.

    Or the asterisks of `to_json`, which commands read settings back from.
    """
    value = secret.get_secret_value()
    if value == MASK:
        return secret
    if not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        raise ValueError("must be made of letters, digits, _ and - only, and not be empty")
    if wrong := objection(value):
        raise ValueError(wrong)
    return secret


def _shown(secret: SecretStr) -> str:
    return secret.get_secret_value() if os.environ.get(REVEAL) == "1" else MASK


def _public_name(name: str) -> str:
    """A name of the public DNS, in small letters as certificates have it."""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not (re.fullmatch(rf"({label}\.)+[a-z]{{2,63}}", name) and len(name) <= 253):
        raise ValueError(f"must be a host name in small letters such as video.company.net, is {name!r}")
    if re.search(r"(^|\.)example(\.(com|net|org))?$", name):
        raise ValueError(f"must be a name of your own, {name!r} is a placeholder")
    return name


def _optional_name(name: str) -> str:
    return _public_name(name) if name else ""


def _address(address: str) -> str:
    try:
        return str(IPv4Address(address))
    except ValueError:
        raise ValueError(f"must be an IPv4 address such as 198.51.100.10, is {address!r}") from None


def _optional_address(address: str) -> str:
    return _address(address) if address else ""


def _origin(origin: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", origin):
        raise ValueError(f"must be an origin such as https://www.company.net, never a pattern, is {origin!r}")
    return origin


def _pem(text: str) -> str:
    """PEM, or the file (below the checkout or absolute) that holds it."""
    if not text:
        return text
    if "-----BEGIN " in text:
        return text[text.index("-----BEGIN ") :]
    file = ROOT / Path(text).expanduser()
    try:
        read = file.read_text()
    except OSError as error:
        raise ValueError(f"must be a file with PEM in it, {text!r} cannot be read ({error.strerror})") from None
    if "-----BEGIN " not in read:
        raise ValueError(f"must be a file with PEM in it, {text!r} has none")
    return read[read.index("-----BEGIN ") :]


def _secret_pem(value: object) -> object:
    if not isinstance(value, str) or value == MASK:
        return value
    try:
        return SecretStr(_pem(value))
    except ValueError:  # which quotes what it was given
        raise ValueError("must be a key in PEM, or the name of a file that holds one") from None


Port = Annotated[int, BeforeValidator(_port)]
PathName = Annotated[str, AfterValidator(_path_name)]
Masked = PlainSerializer(_shown, return_type=str, when_used="json")
Secret = Annotated[SecretStr, BeforeValidator(_text), AfterValidator(_secret), Masked]
PublicName = Annotated[str, AfterValidator(_public_name)]
OptionalName = Annotated[str, AfterValidator(_optional_name)]
Address = Annotated[str, AfterValidator(_address)]
OptionalAddress = Annotated[str, AfterValidator(_optional_address)]
Origin = Annotated[str, AfterValidator(_origin)]
Pem = Annotated[str, AfterValidator(_pem)]
"""PEM as text, given as such or as the name of a file; empty = none."""
SecretPem = Annotated[SecretStr, BeforeValidator(_secret_pem), Masked]
UserName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$"), AfterValidator(_somebody)]
Duration = Annotated[str, AfterValidator(at_least("0s"))]
OneSecondOrMore = Annotated[str, AfterValidator(at_least("1s"))]


def sentence(error: Any) -> str:
    """One pydantic error (an element of `ValidationError.errors()`) as envivo says it; never quotes a secret."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "is required"
    if kind in ("model_type", "dict_type"):
        return "must be a dictionary"  # unquoted: a credential may have been put there
    given = error.get("input")
    shown = f", is {given!r}" if isinstance(given, str | int | float | bool | list | None) else ""
    if kind == "literal_error":
        return f"must be {context['expected']}{shown}"
    if kind.endswith(("_type", "_parsing")):
        wanted = kind.removesuffix("_type").removesuffix("_parsing")
        return f"must be of type {wanted}{shown}"
    return re.sub(r"^\w+ should ", "must ", str(error["msg"])) + shown


def findings(place: str, error: ValidationError) -> list[str]:
    """Every error of a model as `place: path: sentence`."""
    lines = []
    for one in error.errors(include_url=False):
        path = ".".join(str(step) for step in one["loc"] if step != "[key]")
        lines.append(": ".join(part for part in (place, path, sentence(one)) if part))
    return lines
