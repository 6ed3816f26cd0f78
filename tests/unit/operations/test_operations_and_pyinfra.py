"""What pyinfra demands of every fact and operation."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyinfra.api import FactBase
from pyinfra.api.arguments import all_argument_meta
from pyinfra.api.exceptions import FactProcessError

import envivo.operations
from envivo.core.paths import PROJECT as ROOT

MODULES = [
    importlib.import_module(f"{envivo.operations.__name__}.{module.name}")
    for module in pkgutil.iter_modules(envivo.operations.__path__)
]


def members(wanted: Callable[[object], bool]) -> Iterator[Any]:
    for module in MODULES:
        for member in vars(module).values():
            if getattr(member, "__module__", "") == module.__name__ and wanted(member):
                yield member


OPERATIONS = list(members(lambda one: hasattr(one, "_inner")))
FACTS = list(members(lambda one: inspect.isclass(one) and issubclass(one, FactBase)))


def test_operations_and_facts_of_all_modules_are_looked_at() -> None:
    assert {one.__name__ for one in OPERATIONS} >= {"accounts", "files", "images", "packages", "preflight", "stack"}
    assert {one.__name__ for one in OPERATIONS} >= {"switch", "units"}
    assert len(FACTS) >= 8


def test_operation_takes_no_argument_that_pyinfra_keeps_for_itself() -> None:
    for operation in OPERATIONS:
        taken = set(inspect.signature(operation._inner).parameters) & set(all_argument_meta)
        assert not taken, operation.__name__


def test_deploy_code_reads_nothing_that_changes() -> None:
    """pyinfra reads again what operations read when they are executed, and nothing else: another deploy may have ended
    since deploy.py was."""
    folders = ("roles", "envivo/orchestration")
    files = [ROOT / "deploy.py", *(file for folder in folders for file in (ROOT / folder).rglob("*.py"))]
    read = {fact for file in files for fact in re.findall(r"(?:get|known)_fact\((\w+)", file.read_text())}
    assert read == {"Arch"}


JUNK: list[list[str]] = [
    [""],
    ["", "", ""],
    ["Welcome to the machine!"],
    ["sh: 1: docker: not found"],
    ["a b", "a|b|c", "=", "|||", "\\", "\x00"],
    ["Id=docker.service", "ActiveState=active"],
    ["Id=docker.service", "ActiveState=active", "UnitFileState=enabled", "NeedDaemonReload=no",
     "ExecMainStartTimestamp=yesterday"],
    ["Written=docker.service soon"],
    ["Listed="],
    ["Undone=docker.service"],
    ["own nobody"],
    ["free lunch"],
    ["listen tcp LISTEN 0 128 0.0.0.0:http 0.0.0.0:*"],
    ["web running"],
    ["web running healthy revision image more"],
    ["f" * 64],
    ["f" * 64 + "  /not/stated"],
]  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=lambda one: one.__name__)
def test_fact_raises_nothing_but_fact_process_error(fact: Any) -> None:
    # any other exception ends the run for all hosts: docs/notes/pyinfra.md#a-fact-that-raises
    def process(junk: list[str]) -> None:
        try:
            fact().process(junk)
        except FactProcessError as error:
            assert "unexpected answer" in str(error)

    for junk in JUNK:
        process(junk)


@pytest.mark.parametrize(
    ("fact", "junk"),
    [
        ("Containers", ["web running"]),
        ("FileStates", ["Welcome to the machine!"]),
        ("HostReport", ["free lunch"]),
        ("UnitStates", ["Id=docker.service", "ActiveState=active"]),
    ],
)
def test_fact_says_that_it_does_not_understand(fact: str, junk: list[str]) -> None:
    (one,) = (one for one in FACTS if one.__name__ == fact)

    with pytest.raises(FactProcessError, match="unexpected answer from the host: "):
        one().process(junk)
