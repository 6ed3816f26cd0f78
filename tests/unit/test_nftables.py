"""Whether a table of nftables is as its file makes it, by a real shell and programs that stand for nft and unshare."""

from pathlib import Path

import pytest

from envivo.state.nftables import intact
from tests.unit.operations.shell import sh

NFT = """#!/bin/sh
case $1 in -f) exit 0 ;; esac
[ "$INSIDE" ] && { echo "as the file makes it"; exit 0; }
[ "$SEEN" ] && echo "$SEEN"
"""
UNSHARE = """#!/bin/sh
[ "$ALLOWED" = yes ] || exit 1
shift
INSIDE=yes exec "$@"
"""


@pytest.mark.parametrize(
    ("seen", "allowed", "holds"),
    [
        ("as the file makes it", "yes", True),
        ("with a rule of others", "yes", False),
        ("", "yes", False),
        # a host that allows no namespace
        ("with a rule of others", "no", True),
        ("", "no", False),
    ],
)
def test_table_holds_only_as_its_file_makes_it(tmp_path: Path, seen: str, allowed: str, holds: bool) -> None:
    for name, text in (("nft", NFT), ("unshare", UNSHARE)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    done = sh(intact("inet t", "/etc/t.nft"), PATH=f"{tmp_path}:/usr/bin:/bin", SEEN=seen, ALLOWED=allowed)

    assert (done.returncode == 0) is holds
