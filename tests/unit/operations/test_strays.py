"""Files that no operation brings."""

from pathlib import Path

import pytest

from envivo.operations.strays import FilesBelow, strays
from tests.unit.operations.shell import lines


@pytest.mark.parametrize(
    ("seen", "claimed", "named", "found"),
    [
        (["/etc/e/a", "/etc/e/b"], {"/etc/e/a"}, [], ["/etc/e/b"]),
        (["/etc/e/tls/server.key"], {"/etc/e/tls"}, [], []),
        (["/etc/e/tls.old"], {"/etc/e/tls"}, [], ["/etc/e/tls.old"]),
        (["/opt/e/more"], set(), ["/opt/e"], ["/opt/e/more"]),
        # an operation is about to remove it
        (["/opt/e/player/more"], set(), ["/opt/e/player/more"], []),
    ],
)
def test_stray_is_what_nobody_claims(seen: list[str], claimed: set[str], named: list[str], found: list[str]) -> None:
    assert strays(seen, claimed, named) == found


def test_files_are_found_at_any_depth_except_hidden_ones(tmp_path: Path) -> None:
    for name in ("a/b/c", "a/d e", ".staged/web/x", "a/.f.envivo-new"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = FilesBelow().process(lines(FilesBelow().command([str(tmp_path), str(tmp_path / "gone")])))

    assert found == [str(tmp_path / "a" / "b" / "c"), str(tmp_path / "a" / "d e")]
