import ast
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.suites.catalogue import PROOFS, SUITES, Proof
from tests.suites.selection import holds, select, suites_of

PAGE, LONG, CAMERA = (
    Proof("a/page", ("player/",), 3),
    Proof("b", ("player/", "lab/"), 9),
    Proof("c", ("agent/x.py",), 2),
)


@pytest.mark.parametrize(
    ("changed", "minutes", "added", "left_out"),
    [
        ([], 10, [], []),
        (["docs/x.md"], 10, [], []),
        (["player/js/app/main.js"], 12, [PAGE, LONG], []),
        (["player/js/app/main.js"], 10, [PAGE], [LONG]),
        (["player/js/app/main.js"], 2, [], [PAGE, LONG]),
        (["agent/x.py", "lab/vm.py"], 11, [CAMERA, LONG], []),
        (["agent/xy"], 11, [], []),
        (None, 100, [CAMERA, PAGE, LONG], []),
        (None, 0, [], [PAGE, LONG, CAMERA]),
    ],
)
def test_a_change_calls_for_the_proofs_of_its_folders_as_far_as_time_reaches(
    changed: list[str] | None, minutes: float, added: list[Proof], left_out: list[Proof]
) -> None:
    selection = select(changed, minutes, (PAGE, LONG, CAMERA))
    assert (list(selection.added), list(selection.left_out)) == (added, left_out)


def test_every_proof_belongs_to_a_suite_and_brings_it_into_the_gate() -> None:
    for proof in PROOFS:
        (suite,) = [suite for suite in SUITES if holds(suite, proof.path)]
        assert suite in suites_of([proof])
    assert {suite.name for suite in SUITES} - {suite.name for suite in suites_of([])} == {
        "vm",
        "smoke",
        "fresh",
        "meaning",
    }


def test_every_test_marked_proof_is_run_by_a_suite_and_called_for_by_a_change() -> None:
    marked = [str(file.relative_to(ROOT)) for file in sorted((ROOT / "tests").rglob("test_*.py")) if has_proofs(file)]
    assert "tests/fresh/test_fresh.py" in marked  # by `pytestmark`
    for file in marked:
        (_,) = [suite for suite in SUITES if holds(suite, file)]
        assert [proof for proof in PROOFS if file.startswith(proof.path)], file


def has_proofs(file: Path) -> bool:
    nodes = ast.walk(ast.parse(file.read_text()))
    return any(isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.proof" for node in nodes)
