"""Diffs of files that hold secrets, with asterisks in place of these. Pure.

Masked are the settings' own secrets wherever they are, hashes of passwords, values of keys that are named like a
secret, and keys in PEM. A file on a host may also hold secrets that no settings know: of the deploy before, or an
operator's own. So in a file that not everybody may read, a word of the host's version from the length of a password on
is shown only if the deploy's version has it too, or if it is one of those that a setting can be chosen from.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from difflib import unified_diff
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr

from envivo.secrets.chosen import SHORTEST
from envivo.secrets.spellings import STARS, Spelled, spelled

BEFORE, AFTER = "on the host", "after a deploy"
_HASHES = re.compile(r"""sha256:[A-Za-z0-9+/=]+|argon2:[^\s"']+|\$2[abxy]\$\d\d\$[./A-Za-z0-9]+""")
_NAMED = re.compile(
    r"""(?ix) ( ["']? [\w-]* (?:pass(?:word|phrase|wd)?|secret|token|credentials?|api_?key|private_?key) ["']?
                \s* [:=] \s* )  ( "(?:[^"\\]|\\.)*" | '[^']*' | [^"',}\]]+ )"""
)
_SCHEME = re.compile(r"""(?i)(\b(?:bearer|basic)\s+)([^\s"']+)""")
_WITH_USER = re.compile(r"""(?i)(\buser["']?\s*[:=]\s*["']?[^"'\s:]*:)([^"'\n]+)""")
"""As in files of curl."""
_IN_URL = re.compile(r"(://)[^\s/@\"']+@")
_WORD = re.compile(rf"[A-Za-z0-9_+=-]{{{SHORTEST},}}")
_KEY = re.compile(r"""^[\s-]*["']?[\w./-]+["']?\s*[:=](?=\s|$|["'])|^[a-z0-9-]+=""")
_PEM = re.compile(r"-----(BEGIN|END) .*PRIVATE KEY-----")


def secrets_of(value: Any) -> Iterator[str]:
    """Every secret in settings: models, dataclasses, dictionaries, lists of these."""
    if isinstance(value, SecretStr):
        yield from (line for line in value.get_secret_value().splitlines() if line.strip())
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from secrets_of(getattr(value, name))
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from secrets_of(getattr(value, field.name))
    elif isinstance(value, dict):
        yield from (secret for part in value.values() for secret in secrets_of(part))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (secret for part in value for secret in secrets_of(part))


def choices_of(annotation: Any) -> Iterator[str]:
    """Every word that settings of this type can be chosen from: `openh264`, `lowLatency`."""
    if get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field in annotation.model_fields.values():
            yield from choices_of(field.annotation)
    else:
        yield from (word for part in get_args(annotation) for word in choices_of(part))


def masked_diff(
    old: str, new: str, secrets: Collection[str], private: bool, public: Iterable[str] = ()
) -> tuple[str, ...]:
    """A unified diff. `private`: not everybody on the host may read the file; `public`: words that may be shown."""
    if _PEM.search(old + new):
        return (f"{STARS} a private key {STARS}",)
    known = spelled(secrets)
    shown = {*_WORD.findall(new), *public} if private else None
    lines = unified_diff(old.splitlines(), new.splitlines(), BEFORE, AFTER, n=1, lineterm="")
    return tuple(_masked_lines(lines, known, shown))


def _masked_lines(lines: Iterable[str], known: Sequence[Spelled], shown: set[str] | None) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number < 2 or line.startswith("@@"):
            yield line
        else:
            text = masked(line[1:], known)
            yield line[0] + (_only(text, shown) if shown is not None and line[0] == "-" else text)


def masked(text: str, known: Sequence[Spelled]) -> str:
    """`known`: a longer secret before those that are part of it."""
    for secret in known:
        text = secret.replaced(text)
    text = _HASHES.sub(STARS, text)
    text = _IN_URL.sub(rf"\g<1>{STARS}@", text)
    text = _WITH_USER.sub(rf"\g<1>{STARS}", text)
    text = _SCHEME.sub(rf"\g<1>{STARS}", text)
    return _NAMED.sub(rf"\g<1>{STARS}", text)


def _only(text: str, shown: Collection[str]) -> str:
    """The line with no long word but those of `shown`, and its key."""
    key = match[0] if (match := _KEY.match(text)) else ""
    return key + _WORD.sub(lambda word: word[0] if word[0] in shown else STARS, text[len(key) :])
