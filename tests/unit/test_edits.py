"""What differs between two versions of a structured file, without its values."""

import pytest

from envivo.state.edits import ADDED, CHANGED, REMOVED, Edit, edits


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("a: 1", "a: 1 # same", []),
        ("a: 1", "a: 2", [Edit(("a",), CHANGED)]),
        ("a: 1", "b: 1", [Edit(("a",), REMOVED), Edit(("b",), ADDED)]),
        ("paths: {live/x.1: {record: true}}", "paths: {live/x.1: {record: false}}",
         [Edit(("paths", "live/x.1", "record"), CHANGED)]),
        ("paths: {x: {a: 1}}", "paths: {}", [Edit(("paths", "x"), REMOVED)]),
        ("a: [1, 2]", "a: [2]", [Edit(("a",), CHANGED)]),
        ("a: {b: 1}", "a: 1", [Edit(("a",), CHANGED)]),
        # cannot be compared by keys
        ("a: [", "a: 1", None),
        ("text", "a: 1", None),
    ],
)  # fmt: skip
def test_edits_name_keys(old: str, new: str, found: list[Edit] | None) -> None:
    assert edits("/etc/x.yml", old, new) == (None if found is None else tuple(found))


def test_other_formats_have_no_keys() -> None:
    assert edits("/etc/x.conf", "a=1", "a=2") is None
    assert edits("/etc/x.json", '{"a": 1}', '{"a": 2}') == (Edit(("a",), CHANGED),)
