"""Every host: preflight, packages, accounts and directories."""

from envivo.roles.base.settings import Base
from envivo.roles.role import Context, Needs, Role
from envivo.state.systems import Least

SYSTEMD = Least("252", "systemctl --version | awk 'NR == 1 { print $2 }'", "upgrade the system")
"""Debian 12's."""


def needs(settings: Base, context: Context) -> Needs:
    return Needs(systems=("debian-12", "debian-13"), least={"systemd": SYSTEMD})


ROLE = Role(name="base", group="", settings="base", needs=needs)
