"""The page's files as viewers load them: without what only people read.

Comments are a fifth of what a viewer of WebRTC would load, compressed. Each line keeps its number, so that a browser's
messages name the line in player/.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from envivo.core import resources
from envivo.core.paths import PACKAGE

_COMMENTED = (".css", ".js")
_COMMENT = re.compile(rb"^[ \t]*(?://.*|/\*(?:(?!\*/)[\s\S])*\*/)[ \t]*$", re.MULTILINE)
"""One that has its lines to itself; the same in tests/unit/player/imports.test.mjs."""


_SERVED = (".css", ".html", ".ico", ".jpg", ".js", ".png", ".svg", ".webp", ".woff2")
"""Files that are deployed; an editor's backups are not."""


def files() -> Iterator[tuple[Path, bytes]]:
    """Path below the page's folder, and content; a project's own files as they are."""
    for path, file in resources.files(resources.PLAYER).items():
        if path.suffix in _SERVED:
            toolkits = file.is_relative_to(PACKAGE / resources.PLAYER)
            yield path, without_comments(path, file.read_bytes()) if toolkits else file.read_bytes()


def without_comments(path: Path, content: bytes) -> bytes:
    if path.suffix not in _COMMENTED:
        return content
    return _COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), content)
