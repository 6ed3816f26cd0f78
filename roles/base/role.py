"""Every host: preflight, packages, accounts and directories."""

from envivo.core.paths import VAR
from envivo.roles.base.settings import Base
from envivo.roles.role import Context, Needs, Role
from envivo.state import release, stopped
from envivo.state.remains import Remains, directory
from envivo.state.systems import Least

SYSTEMD = Least("252", "systemctl --version | awk 'NR == 1 { print $2 }'", "upgrade the system")
"""Debian 12's."""


def needs(settings: Base, context: Context) -> Needs:
    return Needs(systems=("debian-12", "debian-13"), least={"systemd": SYSTEMD})


def remains() -> list[Remains]:
    return [
        directory("archives of images", f"{VAR}/incoming"),
        directory("releases", release.DIRECTORY),
        directory("what was stopped on purpose", stopped.DIRECTORY),
    ]


ROLE = Role(name="base", group="", settings="base", needs=needs, remains=remains)
