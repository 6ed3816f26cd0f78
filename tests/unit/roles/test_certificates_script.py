"""envivo-certificates, run for real: who gets which certificate, and when a service is told."""

import grp
import os
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.render import render
from envivo.roles.certificates import desired
from envivo.roles.media.desired import CERTIFICATE as MEDIAMTX_CERTIFICATE
from envivo.roles.turn.desired import CERTIFICATE as COTURN_CERTIFICATE
from envivo.state.certificates import Certificates, CertificateSource, InstalledCertificate
from envivo.state.desired import Directory, File
from tests.unit.operations.shell import sh
from tests.unit.settings.pairs import Pair as Made
from tests.unit.settings.pairs import signed

NAME = "video.company.net"
FIRST, SECOND = signed(NAME), signed(NAME, days=60)


class Host:
    """A place where a certificate is obtained and one where a service reads it; told when it was."""

    def __init__(self, directory: Path, group: str) -> None:
        self.told = directory / "told"
        installed = InstalledCertificate(str(directory / "tls"), group, reload=f"echo told >>{self.told}")
        source = directory / "obtained"
        source.mkdir()
        self.copy = CertificateSource(NAME, str(source / "server.crt"), str(source / "server.key"), installed)

    def obtain(self, certificate: str, key: str) -> None:
        Path(self.copy.certificate).write_text(certificate)
        Path(self.copy.key).write_text(key)

    def run(self, **variables: str) -> tuple[int, str]:
        done = sh(
            render("certificates/envivo-certificates.sh.j2", sources=[self.copy]), stdin="", cwd=None, **variables
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def has(self) -> Made:
        return Made(Path(self.copy.installed.certificate).read_text(), Path(self.copy.installed.key).read_text())

    @property
    def times_told(self) -> int:
        return len(self.told.read_text().splitlines()) if self.told.exists() else 0


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    if os.getuid():  # `install -o root` is root's alone: the rest of it is not
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "install").write_text('#!/bin/sh\nexec /usr/bin/install -d -m 750 "$(eval echo \\$$#)"\n')
        (programs / "install").chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return Host(tmp_path, grp.getgrgid(os.getgid()).gr_name)


def test_service_without_a_certificate_gets_one_to_start_with_and_keeps_it(host: Host) -> None:
    code, said = host.run()

    assert code == 0 and said.startswith(f"{NAME}: issuer=") and "temporary" in said
    look = f"openssl x509 -in {host.copy.installed.certificate} -noout"
    assert "does match certificate" in sh(f"{look} -checkhost {NAME}").stdout
    assert sh(f"{look} -checkend 86400").returncode == 0
    first = host.has
    assert host.run()[0] == 0
    assert (host.has, host.times_told) == (first, 1)


def test_real_certificate_replaces_the_temporary_one_and_later_ones_follow(host: Host) -> None:
    host.run()
    for number, pair in enumerate((FIRST, SECOND, FIRST), start=2):
        host.obtain(pair.certificate, pair.key)

        code, said = host.run()

        assert (code, host.has, host.times_told) == (0, pair, number)
        assert "O = An authority" in said.replace("O=An", "O = An") and "notAfter=" in said
    beside = {path.name for path in Path(host.copy.installed.directory).iterdir()}
    assert beside == {"server.crt", "server.key"}


def test_certificate_that_a_service_has_already_changes_nothing(host: Host) -> None:
    host.obtain(FIRST.certificate, FIRST.key)
    host.run()
    written = [Path(path).stat().st_mtime_ns for path in (host.copy.installed.certificate, host.copy.installed.key)]

    assert host.run() == (0, "")

    assert [
        Path(path).stat().st_mtime_ns for path in (host.copy.installed.certificate, host.copy.installed.key)
    ] == written
    assert host.times_told == 1


@pytest.mark.parametrize(
    "half",
    [Made(SECOND.certificate, FIRST.key), Made(FIRST.certificate, SECOND.key), Made(SECOND.certificate, ""),
     Made("rubbish", FIRST.key)],
    ids=["certificate", "key", "no key", "rubbish"],
)  # fmt: skip
def test_pair_that_does_not_belong_together_is_left_where_it_is(host: Host, half: Made, quick: dict[str, str]) -> None:
    host.obtain(FIRST.certificate, FIRST.key)
    host.run()
    host.obtain(half.certificate, half.key)

    code, said = host.run(**quick)

    assert (host.has, host.times_told) == (FIRST, 1)
    assert (code, said) == (1, f"{NAME}: certificate and key in {host.copy.folder} do not belong together\n")


@pytest.fixture
def quick(tmp_path: Path) -> dict[str, str]:
    """A `sleep` that does not: 5 s are given to whoever is writing."""
    programs = tmp_path / "quick"
    programs.mkdir()
    (programs / "sleep").symlink_to("/bin/true")
    return {"PATH": f"{programs}:{os.environ['PATH']}"}


def test_certificate_that_is_gone_leaves_the_service_its_own(host: Host) -> None:
    host.obtain(FIRST.certificate, FIRST.key)
    host.run()
    Path(host.copy.certificate).unlink()

    code, said = host.run()

    assert (code, host.has, host.times_told) == (0, FIRST, 1)
    assert said == f"{NAME}: there is none yet in {host.copy.certificate}, the present one stays\n"


def test_key_is_closed_to_other_users(host: Host) -> None:
    host.obtain(FIRST.certificate, FIRST.key)
    Path(host.copy.key).chmod(0o644)
    host.run()

    modes = {
        path: Path(path).stat().st_mode & 0o777 for path in (host.copy.installed.directory, host.copy.installed.key)
    }
    assert modes == {host.copy.installed.directory: 0o750, host.copy.installed.key: 0o640}
    assert Path(host.copy.installed.key).group() == host.copy.installed.group


def test_what_the_host_cannot_do_is_a_failure_and_nobody_is_told(host: Host) -> None:
    host.obtain(FIRST.certificate, FIRST.key)
    host.copy = replace(host.copy, installed=replace(host.copy.installed, group="no-such-group"))

    code, said = host.run()

    assert code == 1 and "no-such-group" in said
    assert host.times_told == 0 and not Path(host.copy.installed.certificate).exists()


def test_one_service_that_fails_does_not_keep_another_from_its_certificate(host: Host, tmp_path: Path) -> None:
    host.obtain(FIRST.certificate, FIRST.key)
    wrong = replace(host.copy, installed=InstalledCertificate(str(tmp_path / "wrong"), "no-such-group"))

    done = sh(render("certificates/envivo-certificates.sh.j2", sources=[wrong, host.copy]))

    assert done.returncode == 1
    assert (host.has, host.times_told) == (FIRST, 1)


WANTED = Certificates([desired.from_caddy(NAME, "local", MEDIAMTX_CERTIFICATE),
                       desired.from_certbot("turn.company.net", COTURN_CERTIFICATE),
                       desired.from_caddy(NAME, "local", COTURN_CERTIFICATE)])  # fmt: skip


def text(path: str) -> str:
    (one,) = (one for one in desired.files(WANTED) if isinstance(one, File) and one.path == path)
    return one.content.decode()


def test_coturn_is_told_and_mediamtx_looks_for_itself() -> None:
    assert "USR2" in COTURN_CERTIFICATE.reload and MEDIAMTX_CERTIFICATE.reload == ":"
    # it may not run yet
    assert sh(COTURN_CERTIFICATE.reload.replace("coturn.service", "envivo-no-such.service")).returncode == 0


def test_each_folder_that_certificates_are_obtained_in_is_watched_once() -> None:
    watched = [line for line in text("/etc/systemd/system/envivo-certificates.path").splitlines() if "=/" in line]

    assert watched == [
        f"PathChanged=/var/lib/envivo/caddy/caddy/certificates/local/{NAME}",
        "PathChanged=/etc/letsencrypt/live/turn.company.net",
    ]


def test_units_run_the_script_and_look_now_and_then() -> None:
    assert text(desired.SCRIPT).startswith("#!/bin/sh\n")
    assert f"ExecStart={desired.SCRIPT}" in text("/etc/systemd/system/envivo-certificates.service").splitlines()
    assert "OnUnitInactiveSec=" in text("/etc/systemd/system/envivo-certificates.timer")
    assert [unit.name for unit in desired.units(WANTED)] == ["envivo-certificates.path", "envivo-certificates.timer"]


def test_given_keys_are_roots_alone() -> None:
    files = desired.files(replace(WANTED, provided=[("certificate.pem", FIRST.certificate), ("key.pem", FIRST.key)]))

    (key,) = (one for one in files if isinstance(one, File) and FIRST.key.encode() in one.content)
    assert (key.path, key.mode, key.owner) == ("/etc/envivo/certificates/key.pem", "600", "root")
    (folder,) = (one for one in files if one.path == desired.PROVIDED_DIR)
    assert isinstance(folder, Directory) and (folder.mode, folder.exclusive) == ("700", True)
