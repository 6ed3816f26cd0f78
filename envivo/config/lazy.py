"""Settings of group_data/ENV.py, validated only when their own environment is read.

A file of group data may be imported by that of another environment, whose problems must not stop it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from envivo.core.errors import SettingsError
from envivo.core.mistakes import mistake
from envivo.core.paths import PROJECT
from envivo.core.problems import Problem
from envivo.core.quoting import shown_key
from envivo.secrets import MissingSecret, SecretReference, held, resolve
from envivo.secrets.reference import DEEPEST, DEVICES


class Readable(Protocol):
    def to_json(self) -> dict[str, Any]: ...


_ABSENT = object()
T = TypeVar("T", bound=Readable)
Validate = Callable[[Mapping[str, Any]], tuple[T | None, list[Problem]]]
"""data -> the settings, None where data cannot be read, and every problem."""


@dataclass(frozen=True)
class Placeholder:
    """A placeholder for a value that only the user knows."""

    name: str
    example: str

    @property
    def problem(self) -> Problem:
        return Problem(self.name, f"must be filled in, for example {self.example!r}")


def fill_in(name: str, example: str) -> Any:
    """A placeholder that the user replaces with a value. `name`: the variable that it stands in."""
    return Placeholder(name, example)


class LazySettings(Generic[T]):
    """Lazy settings. `data` may hold `SecretReference` and `Placeholder` values. `generates`: missing secrets are
    generated."""

    def __init__(
        self, file: Path, data: Callable[[], Mapping[str, Any]], generates: bool, validate: Validate[T]
    ) -> None:
        self.file, self.generates, self._data, self._validate = file, generates, data, validate
        self._overlaid: dict[str, LazySettings[T]] = {}
        self.read: Callable[[], T] = cache(self._read)
        """The settings. Raises SettingsError with all problems."""

    @property
    def env(self) -> str:
        return self.file.stem

    @property
    def place(self) -> str:
        return str(self.file.relative_to(PROJECT)) if self.file.is_relative_to(PROJECT) else str(self.file)

    def to_json(self) -> dict[str, Any]:
        return self.read().to_json()

    @property
    def data(self) -> Mapping[str, Any]:
        return self._data()

    def derive(self, file: Path, generates: bool, more: Callable[[], Mapping[str, Any]]) -> "LazySettings[T]":
        """Settings of another environment: these, overlaid with `more`, dictionary by dictionary."""
        return LazySettings(file, lambda: merged(self.data, more()), generates, self._validate)

    def overlaid(self, more: Mapping[str, Any]) -> "LazySettings[T]":
        """The settings with `more` in them, of the same environment."""
        if not more:
            return self
        return self._overlaid.setdefault(repr(more), self.derive(self.file, self.generates, lambda: more))

    def _read(self) -> T:
        absent: dict[str, Problem] = {}
        settings, found = self._validate(self._without_markers(self._evaluated(), "", absent))
        problems = [*dict.fromkeys(absent.values()), *(problem for problem in found if problem.place not in absent)]
        if problems or settings is None:
            raise SettingsError([problem.of(self.place) for problem in problems])
        return settings

    def _evaluated(self) -> Mapping[str, Any]:
        """The data; what is evaluated only now is the user's code, too. Raises EnvivoError with the line that is
        wrong."""
        try:
            return self.data
        except Exception as error:  # noqa: BLE001 - as above
            raise mistake(self.file, error) from None

    def _without_markers(self, value: Any, path: str, absent: dict[str, Problem], depth: int = 0) -> Any:
        """Data without placeholders and secret references. `absent`: collects problems of missing values, by path."""
        if depth > DEEPEST:
            absent[path] = Problem(path, "is nested deeper than any setting")
            return _ABSENT
        match value:
            case Placeholder():
                absent[path] = value.problem
                return value.example  # so that settings that depend on it are not reported
            case SecretReference():
                try:
                    return self._secret(value, self.generates and not path.startswith(f"{DEVICES}."))
                except MissingSecret as missing:
                    absent[path] = Problem(path, "is missing", missing.fix)
            case dict():
                named = {
                    key: self._without_markers(item, _below(path, key), absent, depth + 1)
                    for key, item in value.items()
                }
                return {key: item for key, item in named.items() if item is not _ABSENT}
            case list() | tuple():
                listed = [
                    self._without_markers(item, _below(path, key), absent, depth + 1) for key, item in enumerate(value)
                ]
                return tuple(item for item in listed if item is not _ABSENT)
            case _:
                return value
        return _ABSENT

    def _secret(self, wanted: SecretReference, generates: bool) -> object:
        """Raises MissingSecret."""
        if not wanted.optional:
            return resolve(self.env, wanted, generates)
        value = held(self.env, wanted, generates)
        return _ABSENT if value is None else value


def _below(path: str, key: object) -> str:
    return f"{path}.{shown_key(key)}" if path else shown_key(key)


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`base` overlaid with `more`, dictionary by dictionary."""
    deeper = {
        key: merged(base[key], value)
        for key, value in more.items()
        if isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
    }
    return {**base, **more, **deeper}
