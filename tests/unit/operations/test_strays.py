"""Files that no operation brings."""

from pathlib import Path

import pytest

from envivo.operations.strays import FilesBelow, drop_ins, strays
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


def test_files_are_found_at_any_depth_except_staged_ones(tmp_path: Path) -> None:
    for name in ("a/b/c", "a/d e", "a/.hidden", ".staged/web/x", "a/.f.envivo-new"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("a")

    found = FilesBelow().process(lines(FilesBelow().command([str(tmp_path), str(tmp_path / "gone")])))

    assert found == [str(tmp_path / name) for name in ("a/.hidden", "a/b/c", "a/d e", "link")]


def test_units_of_others_are_looked_at_where_envivo_changes_them() -> None:
    claimed = ["/etc/envivo/x.d/a", "/etc/systemd/system/envivo-a.service", "/etc/systemd/system/coturn.service.d/b"]

    assert drop_ins(claimed) == [
        "/etc/systemd/system/coturn.service.d",
        "/etc/systemd/system.control/coturn.service.d",
        "/run/systemd/system.control/coturn.service.d",
        "/run/systemd/system/coturn.service.d",
    ]
