from pathlib import Path
from typing import get_args

import pytest

from envivo.core.errors import EnvivoError
from envivo.lab import apt
from envivo.lab.apt import AptMirror, Entry
from envivo.lab.topology import DebianRelease

DEB822 = """\
Types: deb deb-src
# a comment between fields
URIs: http://one.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://two.example/debian-security
Suites: bookworm-security
Components: main
"""


def test_deb822_gives_binary_entries_that_are_enabled() -> None:
    assert apt.parse_deb822(DEB822) == [
        Entry("http://one.example/debian", "bookworm", ("main", "contrib")),
        Entry("http://one.example/debian", "bookworm-updates", ("main", "contrib")),
        Entry("https://two.example/debian-security", "bookworm-security", ("main",)),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("deb http://a.example/debian bookworm main", [Entry("http://a.example/debian", "bookworm", ("main",))]),
        (
            "deb [signed-by=/k.gpg arch=amd64] http://a.example/debian bookworm main contrib # note",
            [Entry("http://a.example/debian", "bookworm", ("main", "contrib"))],
        ),
        ("deb-src http://a.example/debian bookworm main", []),
        ("# deb http://a.example/debian bookworm main", []),
        ("", []),
    ],
)
def test_one_line_sources_give_binary_entries(line: str, expected: list[Entry]) -> None:
    assert apt.parse_one_line(line) == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], None),
        ([("http://u.example/ubuntu", "jammy", "main")], None),
        ([("http://d.example/linux/debian", "bookworm", "stable")], None),
        (
            [("http://v.example/apt", "bookworm", "main"), ("http://a.example/debian/", "bookworm", "main")],
            AptMirror("http://a.example/debian/"),
        ),
        (
            [("http://a.example/d", "trixie", "main"), ("http://a.example/s", "trixie-security", "main")],
            AptMirror("http://a.example/d", "http://a.example/s"),
        ),
    ],
    ids=["nothing", "another distribution", "a vendor's component", "a vendor with Debian's names", "unusual paths"],
)
def test_the_mirror_is_the_debian_archive_among_the_sources(
    entries: list[tuple[str, str, str]], expected: AptMirror | None
) -> None:
    assert apt.debian_mirror([Entry(uri, suite, (component,)) for uri, suite, component in entries]) == expected


def test_the_machines_mirror_is_read_from_both_kinds_of_files(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.example/debian bookworm main\n")
    security = "Types: deb\nURIs: http://s.example/debian-security\nSuites: bookworm-security\nComponents: main\n"
    (tmp_path / "sources.list.d" / "security.sources").write_text(security)
    (tmp_path / "sources.list.d" / "old.list.disabled").write_text("deb http://off.example/debian bookworm main\n")
    assert apt.machine_mirror(None, tmp_path) == AptMirror(
        "http://a.example/debian", "http://s.example/debian-security"
    )
    assert apt.machine_mirror("http://mine.example/debian", tmp_path) == AptMirror("http://mine.example/debian")


def test_a_machine_without_a_debian_archive_is_told_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(EnvivoError, match="ENVIVO_LAB_MIRROR="):
        apt.machine_mirror(None, tmp_path)


@pytest.mark.parametrize("release", get_args(DebianRelease))
def test_a_hosts_sources_read_back_as_its_own_release(release: DebianRelease) -> None:
    entries = apt.parse_deb822(
        AptMirror("http://a.example/debian", "http://a.example/debian-security").sources(release)
    )
    assert [entry.suite for entry in entries] == [release, f"{release}-updates", f"{release}-security"]
    assert apt.debian_mirror(entries) == AptMirror("http://a.example/debian", "http://a.example/debian-security")


BUILTIN = 'Acquire "";\nAcquire::Languages:: "en";\nAcquire::cdrom::mount "/media/cdrom/";\n'


@pytest.mark.parametrize(
    ("line", "carried"),
    [
        ('Acquire::Check-Valid-Until "false";', True),
        ('Acquire::http::Proxy "http://proxy.example:3128/";', True),
        ('Acquire::https::CaInfo "/etc/ssl/own.crt";', False),
        ('Acquire::cdrom::mount "/media/cdrom/";', False),
        ('Acquire::Languages:: "none";', False),
        ('Acquire::GzipIndexes "true";', False),
        ('APT::Install-Recommends "false";', False),
    ],
)
def test_a_host_gets_the_options_that_reach_the_mirror(line: str, carried: bool) -> None:
    assert apt.transport_options(BUILTIN, f"{BUILTIN}{line}\n") == ([line] if carried else [])


def test_debootstrap_goes_through_apts_proxies() -> None:
    options = 'Acquire::Retries "3";\nAcquire::http::Proxy "http://p.example:1/";\nAcquire::https::Proxy "http://q.example:2/";\n'
    assert apt.proxies(options) == {"http_proxy": "http://p.example:1/", "https_proxy": "http://q.example:2/"}
    assert apt.proxies('Acquire::http::Proxy "";\n') == {}
