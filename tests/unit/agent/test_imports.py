"""GStreamer is imported below gst/ alone: the rest of the agent is tested, and read, without it."""

import ast
import sys
from pathlib import Path

import pytest

from tests.unit.agent.live import AGENT

PACKAGE = AGENT / "envivo_agent"
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE = [module for module in MODULES if "gst" not in module.relative_to(PACKAGE).parts]


def imported(source: str, everywhere: bool = True) -> set[str]:
    """Modules that the source imports; `everywhere`: inside functions, too."""
    tree = ast.parse(source)
    nodes = ast.walk(tree) if everywhere else iter(tree.body)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def needs_gstreamer(name: str) -> bool:
    return f"{name}.".startswith(("gi.", "envivo_agent.gst."))


def test_imports_are_found_wherever_they_stand() -> None:
    source = "import gi\nfrom envivo_agent import gst\ndef main():\n    from envivo_agent.gst.agent import Agent\n"
    assert imported(source) == {"gi", "envivo_agent.gst", "envivo_agent.gst.agent.Agent"}
    assert imported(source, everywhere=False) == {"gi", "envivo_agent.gst"}
    assert all(needs_gstreamer(name) for name in imported(source))


@pytest.mark.parametrize("module", PURE, ids=lambda module: module.stem)
def test_module_outside_gst_needs_no_gstreamer(module: Path) -> None:
    # the command loads what an action needs when it is asked for it
    names = imported(module.read_text(encoding="utf-8"), everywhere=module.stem != "__main__")
    assert not {name for name in names if needs_gstreamer(name)}


def test_agent_needs_nothing_but_the_standard_library_and_gi() -> None:
    names = {name.partition(".")[0] for module in MODULES for name in imported(module.read_text(encoding="utf-8"))}
    assert names - set(sys.stdlib_module_names) == {"envivo_agent", "gi"}
