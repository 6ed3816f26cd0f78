"""What Caddy tells and shows of each path, and to whom: names, whether it is live, recordings."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from envivo.render import bcrypted
from envivo.roles.media import passwords
from envivo.roles.media.settings import Media, Path, Person

WEB_ROOT = "/srv"
"""In Caddy's container."""

People = Mapping[str, str]
"""User -> hash of the password; nobody: everybody."""

NO_RECORDING = ("/*[^4]", "/*[^p]4", "/4", "/*[^m]p4", "/p4", "/*[^.]mp4", "/mp4")
"""Patterns (Go's filepath.Match) of what else may lie beside recordings, such as directories of other and former paths.
Caddy 2.11.4 takes names in a listing for files of its working directory, which is /."""


@dataclass(frozen=True)
class Watched:
    name: str
    people: People


@dataclass(frozen=True)
class Recorded:
    """The recordings of a path: files of one directory, which end in .mp4."""

    name: str
    people: People

    @property
    def listing(self) -> str:
        return f"^/recordings/{re.escape(self.name)}/?$"

    @property
    def file(self) -> str:
        return rf"^/recordings/{re.escape(self.name)}/[^/.][^/]*\.mp4$"


@dataclass(frozen=True)
class List:
    """A list of paths that have recordings: each asker sees those that they may look at."""

    place: str
    people: People
    names: Mapping[tuple[str, ...], tuple[str, ...]]
    """Users -> names below the place; () = nobody who was asked for a name."""

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        """For whom (names of users, separated by spaces), as JSON in the words of Caddy's own listings, and as HTML."""
        return [(" ".join(users), _as_json(names), _as_html(names)) for users, names in self.names.items()]


def listed(media: Media) -> str:
    """The paths that the page names to everybody, as JSON, and which of them ask for a password."""
    return json.dumps(
        [
            {"name": name, "locked": bool(path.viewers), "recordings_locked": bool(path.recordings_for)}
            for name, path in media.mediamtx.paths.items()
            if path.listed
        ]
    )


def watched(media: Media) -> list[Watched]:
    """Whom Caddy tells whether somebody publishes to a path: those who may watch it."""
    salt = passwords.salts(media)
    return [Watched(name, _people(path.viewers, salt)) for name, path in media.mediamtx.paths.items()]


def _people(named: Iterable[Person], salt: Callable[[str], str]) -> dict[str, str]:
    return {one.user: bcrypted(one.password, salt(one.user)) for one in named}


def recordings(media: Media) -> list[Recorded]:
    """Whom Caddy shows which recordings: the deepest paths first.

    What is of no path, such as recordings of a former one, nobody sees.
    """
    paths, salt = media.mediamtx.paths, passwords.salts(media)
    deepest_first = sorted(paths, key=lambda name: (-name.count("/"), name))
    return [Recorded(name, _people(paths[name].recordings_for, salt)) for name in deepest_first]


def lists(media: Media) -> list[List]:
    """The lists above the paths: for those who are named somewhere, else for everybody."""
    paths, salt = media.mediamtx.paths, passwords.salts(media)
    everybody = {user: hash_ for path in paths.values() for user, hash_ in _people(path.recordings_for, salt).items()}
    parents = {str(parent) for name in paths for parent in PurePosixPath(name).parents}
    above = {"" if parent == "." else f"{parent}/" for parent in parents}
    places = above - {f"{name}/" for name in paths}
    return [List(f"/recordings/{place}", everybody, _names(paths, place, everybody)) for place in sorted(places)]


def _names(paths: Mapping[str, Path], place: str, users: Iterable[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for user in users:
        groups.setdefault(_visible(paths, place, user), []).append(user)
    found = {tuple(named): names for names, named in groups.items()}
    return found or {(): _visible(paths, place, "")}


def _visible(paths: Mapping[str, Path], place: str, user: str) -> tuple[str, ...]:
    return tuple(
        name.removeprefix(place)
        for name, path in sorted(paths.items())
        if name.startswith(place)
        and (user in {one.user for one in path.recordings_for} if path.recordings_for else path.listed)
    )


def _as_json(names: Iterable[str]) -> str:
    return json.dumps([{"name": f"{name}/", "url": f"./{name}/", "is_dir": True} for name in names])


def _as_html(names: Iterable[str]) -> str:
    links = "".join(f'<li><a href="{name}/">{name}/</a></li>' for name in names)
    return f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Recordings</title><ul>{links}</ul></html>'
