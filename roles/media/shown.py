"""What Caddy serves about each path, and to whom: names, live status, recordings."""

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
"""User -> hash of the password; empty: everybody."""

NO_RECORDING = ("/*[^4]", "/*[^p]4", "/4", "/*[^m]p4", "/p4", "/*[^.]mp4", "/mp4")
"""Patterns (Go's filepath.Match) of files that are not recordings, such as directories of other and former paths.
Caddy 2.11.4 resolves names of a listing in its working directory, which is /."""


@dataclass(frozen=True)
class WatchedPath:
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
    """A list of paths with recordings: each user sees those that they may see."""

    place: str
    people: People
    names: Mapping[tuple[str, ...], tuple[str, ...]]
    """Users -> names below the place; (): a client without a user name."""

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        """Users (names separated by spaces), the list as JSON in the format of Caddy's own listings, and as HTML."""
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


def watched(media: Media) -> list[WatchedPath]:
    """Paths, and the users to whom Caddy reports whether a path is live: those who may watch it."""
    salt = passwords.salts(media)
    return [WatchedPath(name, _people(path.viewers, salt)) for name, path in media.mediamtx.paths.items()]


def _people(named: Iterable[Person], salt: Callable[[str], str]) -> dict[str, str]:
    return {person.user: bcrypted(person.password, salt(person.user)) for person in named}


def recordings(media: Media) -> list[Recorded]:
    """Recordings and the users who may see them, the deepest paths first. Recordings of former paths are not served."""
    paths, salt = media.mediamtx.paths, passwords.salts(media)
    deepest_first = sorted(paths, key=lambda name: (-name.count("/"), name))
    return [Recorded(name, _people(paths[name].recordings_for, salt)) for name in deepest_first]


def lists(media: Media) -> list[List]:
    """The lists above the paths: for all named users, or for everybody where no user is named."""
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
        and (user in {person.user for person in path.recordings_for} if path.recordings_for else path.listed)
    )


def _as_json(names: Iterable[str]) -> str:
    return json.dumps([{"name": f"{name}/", "url": f"./{name}/", "is_dir": True} for name in names])


def _as_html(names: Iterable[str]) -> str:
    links = "".join(f'<li><a href="{name}/">{name}/</a></li>' for name in names)
    return f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Recordings</title><ul>{links}</ul></html>'
