"""Settings that may differ from host to host: data of a host in the inventory, in place of the environment's.

media = [("media1", {"ssh_hostname": "10.0.0.5", "public_address": "198.51.100.10"})]
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from envivo.config.lazy import Placeholder
from envivo.config.models import Model, below, inside, located
from envivo.core.names import did_you_mean
from envivo.core.problems import Problem
from envivo.core.quoting import shown, shown_key

_ALIKE = 0.8
"""Other keys are the user's own data, unless they are at least as alike as this to a setting."""


@dataclass(frozen=True)
class PerHost:
    """Metadata of a field: a host may have a value of its own."""

    group: str = ""
    """Of hosts of this group of the inventory; empty: of every host."""

    @property
    def words(self) -> str:
        return f"{f'A host of the group {self.group}' if self.group else 'Each host'} may have its own."


@dataclass(frozen=True)
class HostSettings:
    """The settings among the data of a host."""

    values: Mapping[str, Any]
    """Nested as the environment's."""
    paths: Collection[str]
    problems: Collection[Problem]
    """By path; not those of values, which are validated together with the environment's."""

    def gave(self, place: str) -> bool:
        """Whether the value at the path is the host's own."""
        return any(f"{place}.".startswith(f"{path}.") for path in self.paths)


def per_host(model: Model, name: str) -> PerHost | None:
    return next((item for item in model.model_fields[name].metadata if isinstance(item, PerHost)), None)


def host_settings(root: Model, data: Mapping[str, Any], groups: Collection[str]) -> HostSettings:
    """`data`: of a host. `groups`: whose settings are looked for, "" for those of every host."""
    known = dict(_fields(root, ""))
    paths, problems = list[str](), list(_misspelt(root, known, data))

    def taken(given: Mapping[str, Any], place: str) -> dict[str, Any]:
        values = {}
        for key, value in given.items():
            path = below(place, shown_key(key))
            if path in known and known[path].group in groups:
                paths.append(path)
                if isinstance(value, Placeholder):
                    problems.append(replace(value.problem, place=path))
                    value = value.example  # so that settings that depend on it are not reported
                values[key] = value
            elif path in known:
                problems.append(Problem(path, f"is only for hosts of the group {known[path].group}", "remove it"))
            elif any(name.startswith(f"{path}.") for name in known):
                if isinstance(value, Mapping):
                    values[key] = taken(value, path)
                else:
                    problems.append(Problem(path, f"must be a dictionary, is {shown(value)}"))
            else:
                problems.append(_refused(root, path, known))
        return values

    return HostSettings(
        taken({key: value for key, value in data.items() if key in root.model_fields}, ""), paths, problems
    )


def _fields(model: Model, place: str) -> Iterator[tuple[str, PerHost]]:
    for name, field in model.model_fields.items():
        inner = inside(field.annotation)
        if found := per_host(model, name):
            yield below(place, name), found
        elif inner and not inner[1]:
            yield from _fields(inner[0], below(place, name))


def _refused(root: Model, path: str, known: Collection[str]) -> Problem:
    if located(root, path):
        return Problem(path, "must be the same for all hosts", "set it in group data")
    return Problem(path, "unknown key", did_you_mean(path, known, _ALIKE))


def _misspelt(root: Model, known: Collection[str], data: Mapping[str, Any]) -> Iterator[Problem]:
    tops = {path.partition(".")[0] for path in known}
    for key in data.keys() - root.model_fields.keys():
        if meant := did_you_mean(str(key), tops, _ALIKE):
            yield Problem(shown_key(key), "unknown key", meant)
