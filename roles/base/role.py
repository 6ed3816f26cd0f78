"""Every host: preflight, packages, accounts and directories."""

from envivo.roles.base.settings import Base
from envivo.roles.role import Context, Needs, Role


def needs(settings: Base, context: Context) -> Needs:
    return Needs(systems=("debian-12", "debian-13"))


ROLE = Role(name="base", group="", settings="base", needs=needs)
