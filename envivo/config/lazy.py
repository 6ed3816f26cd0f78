"""Settings as group_data/ENV.py says them, judged only when their own environment is asked for.

pyinfra executes the group data of every environment on every run: what another one lacks must not stop this one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from envivo.core.errors import SettingsError
from envivo.core.paths import PROJECT
from envivo.core.problems import Problem
from envivo.core.quoting import shown_key
from envivo.secrets import MissingSecret, Wanted, held, resolve
from envivo.secrets.wanted import DEEPEST


class Readable(Protocol):
    def to_json(self) -> dict[str, Any]: ...


_ABSENT = object()
T = TypeVar("T", bound=Readable)
Judge = Callable[[Mapping[str, Any]], tuple[T | None, list[Problem]]]
"""data -> the settings, None where data cannot be read, and every problem."""


@dataclass(frozen=True)
class Unfilled:
    """Stands where only the user knows the value."""

    name: str
    example: str

    @property
    def problem(self) -> Problem:
        return Problem(self.name, f"is not filled in, for example {self.example!r}")


def fill_in(name: str, example: str) -> Any:
    """To be replaced by a value; `name` is the variable that it stands in."""
    return Unfilled(name, example)


class Draft(Generic[T]):
    """`data` may hold `Wanted` secrets and `Unfilled` values; `generates`: secrets that nobody gives are made."""

    def __init__(self, file: Path, data: Callable[[], Mapping[str, Any]], generates: bool, judge: Judge[T]) -> None:
        self.file, self.generates, self._data, self._judge = file, generates, data, judge
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

    def derive(self, file: Path, generates: bool, more: Callable[[], Mapping[str, Any]]) -> "Draft[T]":
        """The draft of another environment: these settings with what `more` says, dictionary by dictionary."""
        return Draft(file, lambda: merged(self.data, more()), generates, self._judge)

    def _read(self) -> T:
        absent: dict[str, Problem] = {}
        settings, found = self._judge(self._without_markers(self.data, "", absent))
        problems = [*dict.fromkeys(absent.values()), *(problem for problem in found if problem.place not in absent)]
        if problems or settings is None:
            raise SettingsError([problem.of(self.place) for problem in problems])
        return settings

    def _without_markers(self, value: Any, path: str, absent: dict[str, Problem], depth: int = 0) -> Any:
        """`absent`: of each value that is not there, by path, the problem."""
        if depth > DEEPEST:
            absent[path] = Problem(path, "is nested deeper than any setting")
            return _ABSENT
        match value:
            case Unfilled():
                absent[path] = value.problem
                return value.example  # what rests on it is not wrong for that
            case Wanted():
                try:
                    return self._secret(value)
                except MissingSecret as missing:
                    absent[path] = Problem(path, "is missing", missing.fix)
            case dict():
                named = {
                    key: self._without_markers(one, _below(path, key), absent, depth + 1) for key, one in value.items()
                }
                return {key: one for key, one in named.items() if one is not _ABSENT}
            case list() | tuple():
                listed = [
                    self._without_markers(one, _below(path, key), absent, depth + 1) for key, one in enumerate(value)
                ]
                return tuple(one for one in listed if one is not _ABSENT)
            case _:
                return value
        return _ABSENT

    def _secret(self, wanted: Wanted) -> object:
        """Raises MissingSecret."""
        if not wanted.optional:
            return resolve(self.env, wanted, self.generates)
        value = held(self.env, wanted, self.generates)
        return _ABSENT if value is None else value


def _below(path: str, key: object) -> str:
    return f"{path}.{shown_key(key)}" if path else shown_key(key)


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with what `more` says, dictionary by dictionary."""
    deeper = {
        key: merged(base[key], value)
        for key, value in more.items()
        if isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
    }
    return {**base, **more, **deeper}
