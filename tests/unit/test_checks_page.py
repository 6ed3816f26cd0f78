"""docs/reference/checks.md lists every code that a finding of `envivo verify` may have."""

import ast
import re
from collections.abc import Iterator

from envivo.core.paths import PROJECT as ROOT

PAGE = ROOT / "docs" / "reference" / "checks.md"
COMPOSED = {
    "{name}-down": ("mediamtx-down", "caddy-down"),
    "{program.name}-down": ("mediamtx-down", "caddy-down"),
    "media-{protocol}-blocked": ("media-udp-blocked", "media-tcp-blocked"),
    "turn-{transport}": ("turn-udp", "turn-tcp", "turn-tls"),
}
"""Codes with a name in them -> what they become."""
OF_DIAGNOSE = "camera-"
"""`envivo camera diagnose` names its steps so."""


def codes() -> Iterator[str]:
    for folder in ("roles", "envivo/verify", "envivo/plan", "envivo/status", "envivo/orchestration"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Finding", "finding"):
                    yield from _code(node)


def _code(call: ast.Call) -> Iterator[str]:
    position = 1 if getattr(call.func, "id", "") == "Finding" else 0
    if len(call.args) <= position:
        return
    match call.args[position]:
        case ast.Constant(value=str(code)):
            yield code
        case ast.JoinedStr() as joined:
            text = ast.unparse(joined).removeprefix("f").strip("'\"")
            if not text.startswith(OF_DIAGNOSE):
                yield from COMPOSED[text]


def listed() -> set[str]:
    return set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)*)`", PAGE.read_text()))


def test_every_code_is_on_the_page() -> None:
    made = set(codes())
    assert len(made) > 30
    assert made - listed() == set()
