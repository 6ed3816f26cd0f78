"""axe-core: whether people with a screen reader, a keyboard or weak eyes can use a page. Fetched once, and pinned.

Not in artifacts.lock.toml: no host ever gets it.
"""

from typing import Any

from playwright.sync_api import Page

from envivo.artifacts.cache import sha256_of
from envivo.artifacts.lock import FilesArtifact, Item, NpmPin, PinnedMember
from envivo.artifacts.sources.npm import Npm
from envivo.core import paths

_LIBRARY = "axe.min.js"
_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
_PIN = NpmPin(
    use="npm",
    package="axe-core",
    version="4.14.1",
    integrity="sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    checked=True,
)
_FILES = {_LIBRARY: PinnedMember(member=_LIBRARY, sha256=_SHA256)}
_ITEM = Item("axe-core", "amd64", FilesArtifact(version=_PIN.version, files=_FILES, sources=(_PIN,)))

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class _Silent:
    def step(self, text: str) -> None: ...

    def detail(self, text: str) -> None: ...

    def size(self, done: int, total: int | None) -> None: ...


def library() -> str:
    """The program, from the cache or from the npm registry."""
    kept = paths.CACHE / "tests" / _ITEM.entry
    if not (kept / _LIBRARY).is_file() or sha256_of(kept / _LIBRARY) != _SHA256:
        kept.mkdir(parents=True, exist_ok=True)
        Npm(_PIN).fetch(_ITEM, kept, _Silent())
    return (kept / _LIBRARY).read_text()


def findings(page: Page, axe: str) -> list[str]:
    """What breaks a rule, one line each: the rule, and where."""
    page.evaluate(axe)
    result: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", _RULES
    )
    return [
        f"{found['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for found in result["violations"]
        for node in found["nodes"]
    ]
