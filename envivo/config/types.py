"""Types of settings, which are validated before the first connection.

Each role describes its part in `roles/NAME/settings.py` with `Settings`; `envivo.orchestration.environment` puts
the parts together.
A problem reads `group_data/lab.py: mediamtx.hls.segment_duration: must be at least 1s, is 0s`.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
    Strict,
)

from envivo.config import values
from envivo.config.interrupts import Interrupts
from envivo.config.values import Shape
from envivo.core.errors import Unfit
from envivo.core.paths import PROJECT
from envivo.core.problems import Problem
from envivo.core.quoting import shown, shown_key
from envivo.secrets import chosen, strength

LONGEST_SECRET = 72
"""Characters: bcrypt, with which Caddy compares, takes no more."""
FIRST_PORT, LAST_PORT = 1024, 65535
"""Ports below need root, and no service of envivo runs as root."""


class Settings(BaseModel):
    """A part of an environment. Unknown keys are refused; values are immutable.

    The docstring of a field is its sentence in the reference (envivo/config/sentences.py). `interrupts` of the model,
    or an `Interrupts` in the field's type, declares whom a change of a field interrupts that is not a model itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    interrupts: ClassVar[Interrupts | None] = None
    """Whom a change of a field interrupts that declares nothing itself."""

    def to_json(self) -> dict[str, Any]:
        """For `pyinfra INVENTORY debug-inventory --json`; secrets come out as asterisks."""
        return self.model_dump(mode="json")


def _port(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or not FIRST_PORT <= value <= LAST_PORT:
        raise ValueError(f"must be a port number from {FIRST_PORT} to {LAST_PORT}, is {shown(value)}")
    return value


_SESSION = r"[0-9a-f]{8}-[0-9a-f-]{27}"
"""Names of WHIP and WHEP sessions, as in templates/media/Caddyfile.j2."""


def _path_name(name: str) -> str:
    """MediaMTX's rule (its internal/conf/path.go), and what addresses and folders make of the name."""
    if not re.fullmatch(r"[0-9A-Za-z_./-]+", name):
        raise ValueError(f"{shown(name)}: a path name has only letters, digits and _ - . /")
    if len(name) > 255:
        raise ValueError(f"{shown(name)}: a path name has at most 255 characters")
    first, *others = name.split("/")
    if any(level in ("", ".", "..") for level in (first, *others)):
        what = "a path name must not begin or end with /, and none of its parts may be empty, . or .."
        raise ValueError(f"{name!r}: {what}")
    if any(level.startswith(".") for level in (first, *others)):
        raise ValueError(f"{name!r}: no part of a path name may begin with a dot: Caddy hides such recordings")
    if any(level in ("whip", "whep") or re.fullmatch(_SESSION, level) for level in others):
        what = "no part of a path name after the first may be whip, whep or a UUID"
        raise ValueError(f"{name!r}: {what}: these are session addresses")
    if name in ("all", "all_others"):
        raise Unfit(f"{name!r}: is MediaMTX's wildcard", "list each path by its name")
    return name


def _text(secret: object) -> object:
    """Runs before pydantic, whose own error quotes the value."""
    if not isinstance(secret, str | SecretStr):
        raise ValueError("must be text")
    return secret


def _user_name(user: str) -> str:
    if user == "any":
        raise Unfit("'any' is MediaMTX's name for all users", "choose another name")
    if user == "import":
        raise Unfit("'import' is a directive of Caddy", "choose another name")
    return user


def _secret(secret: SecretStr, weakness: Callable[[str], str | None] = strength.secret_weakness) -> SecretStr:
    """Characters that survive every place where a credential is put: YAML, URLs, RTMP queries, `Bearer user:pass`."""
    value = secret.get_secret_value()
    if not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        raise ValueError("must consist of letters, digits, _ and -, and not be empty")
    if len(value) > LONGEST_SECRET:
        raise ValueError(f"must have at most {LONGEST_SECRET} characters")
    if wrong := weakness(value):
        raise ValueError(wrong)
    return secret


def _password(secret: SecretStr) -> SecretStr:
    return _secret(secret, chosen.password_weakness)


def _device_password(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]{0,255}", secret.get_secret_value()):
        raise ValueError("must consist of at most 255 visible ASCII characters")
    return secret


def _pem(text: str) -> str:
    """PEM, or the file (below the project or absolute) that holds it."""
    if not text:
        return text
    if "-----BEGIN " in text:
        return text[text.index("-----BEGIN ") :]
    try:
        read = (PROJECT / Path(text).expanduser()).read_text()
    except (OSError, RuntimeError, ValueError) as error:  # the latter two: of a home or a name that cannot be
        why = getattr(error, "strerror", None) or "not a file name, or not text"
        raise ValueError(f"must be a file with PEM, {shown(text)} cannot be read ({why})") from None
    if "-----BEGIN " not in read:
        raise ValueError(f"must be a file with PEM, {shown(text)} contains none")
    return read[read.index("-----BEGIN ") :]


def _secret_pem(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return SecretStr(_pem(value))
    except ValueError:  # which quotes its value
        raise ValueError("must be a key in PEM, or the name of a file that contains one") from None


Text = Annotated[str, Strict()]
"""Strict: otherwise pydantic accepts bytes as well."""
_PUBLIC_NAME, _ADDRESS = "host name such as video.company.net", "IPv4 address"
Port = Annotated[
    int,
    BeforeValidator(_port),
    Shape(f"port, {FIRST_PORT} to {LAST_PORT}", schema={"minimum": FIRST_PORT, "maximum": LAST_PORT}),
]
PathName = Annotated[Text, Shape("name of a path", _path_name)]
Secret = Annotated[SecretStr, BeforeValidator(_text), AfterValidator(_secret), Shape("secret")]
"""Secret of a program."""
Password = Annotated[SecretStr, BeforeValidator(_text), AfterValidator(_password), Shape("password")]
"""Password of a person, who may have chosen it."""
DevicePassword = Annotated[
    SecretStr, BeforeValidator(_text), AfterValidator(_device_password), Shape("password of a device, or empty")
]
"""Password of a device, chosen when the device was set up."""
PublicName = Annotated[Text, Shape(_PUBLIC_NAME, values.public_name)]
OptionalName = Annotated[Text, values.optional(_PUBLIC_NAME, values.public_name)]
Address = Annotated[Text, Shape(_ADDRESS, values.address)]
OptionalAddress = Annotated[Text, values.optional(_ADDRESS, values.address)]
_FOLLOWED = "IPv4 address, or a host name (changes of its address are noticed)"
AddressOrName = Annotated[Text, Shape(_FOLLOWED, values.address_or_name)]
OptionalAddressOrName = Annotated[Text, values.optional(_FOLLOWED, values.address_or_name)]
HostName = Annotated[Text, Shape("host name or IPv4 address", values.host)]
OptionalHost = Annotated[Text, values.optional("host name, IPv4 or IPv6 address", values.any_host)]
"""The only kind of field where IPv6 works as well."""
Network = Annotated[Text, Shape("address or network, such as 192.168.1.5 or 172.18.0.0/16", values.network)]
Origin = Annotated[Text, Shape("origin such as https://www.company.net", values.origin)]
OptionalEmail = Annotated[Text, values.optional("e-mail address", values.email)]
Pem = Annotated[Text, Shape("PEM, or the name of a file that holds it", _pem)]
"""PEM as text, given as such or as the name of a file; empty = none."""
SecretPem = Annotated[SecretStr, BeforeValidator(_secret_pem), Shape("key in PEM, or the name of its file")]
UserName = Annotated[
    Text, values.matching(r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, _ and -"), AfterValidator(_user_name)
]
Duration = Annotated[Text, values.at_least("0s")]
OneSecondOrMore = Annotated[Text, values.at_least("1s")]
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
"""Strict: otherwise pydantic accepts True for 1."""


def problem(error: Any) -> Problem:
    """The problem for a pydantic error (an element of `ValidationError.errors()`); never quotes a secret."""
    path = ".".join(shown_key(step) for step in error["loc"] if step != "[key]")
    cause = error.get("ctx", {}).get("error")
    return Problem(path, cause.message, cause.fix) if isinstance(cause, Unfit) else Problem(path, _sentence(error))


def _sentence(error: Any) -> str:
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
    said = f", is {shown(given)}" if isinstance(given, str | int | float | bool | list | None) else ""
    if kind == "literal_error":
        return f"must be {context['expected']}{said}"
    if kind.endswith(("_type", "_parsing")):
        wanted = kind.removesuffix("_type").removesuffix("_parsing")
        return f"must be of type {wanted}{said}"
    message = str(error["msg"]).replace(" after validation", "")
    return re.sub(r"^\w+ should ", "must ", message) + said
