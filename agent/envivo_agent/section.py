"""Validation of one JSON object, key by key; keeps every finding."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_MISSING = object()
_LONGEST = 80


def shown(value: Any) -> str:
    """As JSON on one short line, whatever it is."""
    try:
        text = json.dumps(value)
    except RecursionError:
        return "nested too deep"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 3 :]}"


def matching(pattern: str) -> Callable[[str], object]:
    """Test for texts that match the pattern as a whole."""
    return re.compile(pattern).fullmatch


class Section:
    """Takes the keys of one JSON object; keys left over are unknown."""

    def __init__(self, value: Any, place: str, problems: list[str]) -> None:
        self._prefix = f"{place}." if place else ""
        self._problems = problems
        self._left: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        self._is_object = isinstance(value, dict)
        if not self._is_object:
            self._refuse(place or "the file", "must be an object")

    def _refuse(self, place: str, sentence: str) -> None:
        self._problems.append(f"{place}: {sentence}")

    def _take(self, key: str, must: str) -> Any:
        if key in self._left:
            return self._left.pop(key)
        if self._is_object:
            self._refuse(self._prefix + key, f"is missing: must be {must}")
        return _MISSING

    def _judge(self, key: str, value: Any, good: bool, must: str, secret: bool = False) -> bool:
        if not good and value is not _MISSING:
            self._refuse(self._prefix + key, f"must be {must}, is {'something else' if secret else shown(value)}")
        return good

    def section(self, key: str) -> Section:
        value = self._take(key, "an object")
        # a missing section is one finding, not one for each of its keys
        return Section(value, self._prefix + key, [] if value is _MISSING else self._problems)

    def whole(self, key: str, low: int, high: int, even: bool = False) -> int:
        must = f"{'an even' if even else 'a whole'} number from {low} to {high}"
        value = self._take(key, must)
        is_number = isinstance(value, int) and not isinstance(value, bool)
        good = is_number and low <= value <= high and not (even and value % 2)
        return int(value) if self._judge(key, value, good, must) else low

    def number(self, key: str, allowed: tuple[int, ...]) -> int:
        must = f"one of {', '.join(map(str, allowed))}"
        value = self._take(key, must)
        good = isinstance(value, int) and not isinstance(value, bool) and value in allowed
        return int(value) if self._judge(key, value, good, must) else allowed[0]

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        must = "one of " + ", ".join(allowed)
        value = self._take(key, must)
        return str(value) if self._judge(key, value, value in allowed, must) else ""

    def flag(self, key: str) -> bool:
        must = "true or false"
        value = self._take(key, must)
        return bool(value) if self._judge(key, value, isinstance(value, bool), must) else False

    def refuse(self, sentence: str) -> None:
        """Of what is wrong with its values together."""
        self._refuse(self._prefix.rstrip("."), sentence)

    def text(self, key: str, fits: Callable[[str], object], must: str, secret: bool = False) -> str:
        value = self._take(key, must)
        good = isinstance(value, str) and bool(fits(value))
        return str(value) if self._judge(key, value, good, must, secret) else ""

    def numbers(self, fits: Callable[[str], object], low: int, high: int) -> tuple[tuple[str, int], ...]:
        """All keys that are left, with whole numbers."""
        for key in [key for key in self._left if not fits(key)]:
            self._refuse(self._prefix + shown(key), "must be a name of a-z 0-9 _")
            del self._left[key]
        return tuple((key, self.whole(key, low, high)) for key in list(self._left))

    def has(self, key: str) -> bool:
        return key in self._left

    def end(self, known: tuple[str, ...]) -> None:
        for key in self._left:
            name = key if key.isprintable() and len(key) <= _LONGEST else shown(key)
            self._refuse(self._prefix + name, f"is not a known key: known keys: {', '.join(known)}")
