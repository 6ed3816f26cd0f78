"""Secrets of an environment: from variables of the shell, its encrypted file, or generated and kept.

`secret("publish-webcam")` in group data is only a reference. pyinfra executes files of group data on every run
(docs/notes/pyinfra.md#group-data-are-code): nothing is looked up, decrypted or generated before `resolve` is called.
"""

import os
import re
from dataclasses import dataclass, field

from envivo.core.names import nearest
from envivo.secrets import encrypted, store
from envivo.secrets.reference import SecretReference, optional_secret, secret
from envivo.secrets.store import generated

__all__ = [
    "Found",
    "MissingSecret",
    "SecretReference",
    "find",
    "generated",
    "held",
    "missing",
    "optional_secret",
    "resolve",
    "secret",
    "variable",
]


class MissingSecret(ValueError):  # noqa: N818 - what it says, not that it is an error
    """A secret without a value. Its text says where the secret may be put."""

    def __init__(self, fix: str) -> None:
        super().__init__(f"is missing: {fix}")
        self.fix = fix


@dataclass(frozen=True)
class Found:
    value: str = field(repr=False)
    source: str
    """`variable` or `file`."""
    place: str
    """Name of the variable or the file."""


def variable(env: str, wanted: SecretReference) -> str:
    """`ENVIVO_PROD_PUBLISH_WEBCAM`."""
    return re.sub(r"[^A-Z0-9]", "_", f"envivo-{env}-{wanted.name}".upper())


def find(env: str, wanted: SecretReference) -> Found | None:
    """The secret as the user set it; a variable takes precedence over the file.

    Raises EnvivoError (exit code 2) where the environment's encrypted file cannot be read.
    """
    name = variable(env, wanted)
    if name in os.environ:
        return Found(os.environ[name], "variable", name)
    file = encrypted.file_of(env)
    held = encrypted.read(file) if file else {}
    if file and wanted.name in held:
        return Found(held[wanted.name], "file", encrypted.place(file))
    return None


def held(env: str, wanted: SecretReference, generate: bool) -> str | None:
    """The secret's value if the user set it, or, with `generate`, if it was generated before.

    Raises EnvivoError (exit code 2) where the environment's encrypted file cannot be read.
    """
    if found := find(env, wanted):
        return found.value
    return store.read(env).get(wanted.name) if generate else None


def resolve(env: str, wanted: SecretReference, generate: bool) -> str:
    """The secret's value; with `generate` it is generated once if the user has not set it.

    Raises MissingSecret, and EnvivoError (exit code 2) where the environment's encrypted file cannot be read.
    """
    if found := find(env, wanted):
        return found.value
    if generate:
        return generated(env, wanted.name)
    raise missing(env, wanted)


def missing(env: str, wanted: SecretReference) -> MissingSecret:
    """The error for a secret without a value."""
    present = encrypted.file_of(env)
    files = " or ".join(encrypted.place(file) for file in ([present] if present else encrypted.candidates(env)))
    known = [*(encrypted.read(present) if present else ()), *_of_variables(env)]
    near = nearest(wanted.name, known, 0.8)
    meant = f"; {near} is there: did you mean that?" if near else ""
    return MissingSecret(f"set {variable(env, wanted)}, or put {wanted.name} into {files}{meant}")


def _of_variables(env: str) -> list[str]:
    """Names of the secrets that variables hold."""
    prefix = variable(env, SecretReference("x")).removesuffix("X")
    return [name.removeprefix(prefix).lower().replace("_", "-") for name in os.environ if name.startswith(prefix)]
