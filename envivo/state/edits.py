"""What differs between two versions of a structured file, by its keys and without its values. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import yaml

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_PARSERS: Mapping[str, Callable[[str], Any]] = {".yml": yaml.safe_load, ".json": json.loads}


class Edit(NamedTuple):
    keys: tuple[str, ...]
    """The steps to the value: `("paths", "live/garden", "record")`. A list is one value."""
    how: str
    """added, removed or changed."""


def edits(path: str, old: str, new: str) -> tuple[Edit, ...] | None:
    """None for a file that has no keys, or of which one version cannot be read."""
    parse = _PARSERS.get(PurePosixPath(path).suffix)
    if parse is None:
        return None
    try:
        before, after = parse(old), parse(new)
    except (ValueError, yaml.YAMLError, RecursionError):
        return None
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return None
    return tuple(_edits((), before, after))


def _edits(place: tuple[str, ...], old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[Edit]:
    for key in [*old, *(key for key in new if key not in old)]:
        here = (*place, str(key))
        if key not in new:
            yield Edit(here, REMOVED)
        elif key not in old:
            yield Edit(here, ADDED)
        elif isinstance(old[key], dict) and isinstance(new[key], dict):
            yield from _edits(here, old[key], new[key])
        elif old[key] != new[key]:
            yield Edit(here, CHANGED)
