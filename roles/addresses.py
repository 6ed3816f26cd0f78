"""Names whose address may change, as that of a home connection does: a unit on the host looks them up again and again,
and tells the service that advertises them.

MediaMTX resolves names itself for each session, and takes their addresses from a hosts file that the unit keeps, so
that no session waits for the DNS or is without an address when it fails. coturn takes addresses only when it starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from envivo.config.values import is_ipv4
from envivo.core.paths import OPT, VAR
from envivo.render import render
from envivo.state.desired import Directory, File, Removable, Unit

EVERY_S = 15
"""Between two looks; a changed name is followed within three of them, if the DNS tells the host."""
_UNITS = "/etc/systemd/system"


def names(hosts: Sequence[str]) -> list[str]:
    """Those that are names, each once."""
    return list(dict.fromkeys(host for host in hosts if host and not is_ipv4(host)))


@dataclass(frozen=True)
class Followed:
    """Names of one service on a host."""

    service: str
    """mediamtx, coturn"""
    names: Sequence[str]

    ipv6: bool = True
    """Whether it uses addresses of IPv6."""

    def usable(self, address: str) -> bool:
        return self.ipv6 or is_ipv4(address)

    @property
    def state(self) -> str:
        """Directory that has a file for each name, with its addresses, and what the service reads."""
        return f"{VAR}/address/{self.service}"

    @property
    def script(self) -> str:
        return f"{OPT}/address/{self.service}"

    @property
    def unit_name(self) -> str:
        return f"envivo-address-{self.service}.service"

    @property
    def unit_file(self) -> str:
        return f"{_UNITS}/{self.unit_name}"

    def files(self, **service: Any) -> list[Directory | File]:
        """`service`: values of the template that only this service has."""
        if not self.names:
            return []
        known: dict[str, Any] = {"service": self.service, "names": self.names, "state": self.state}
        script = render("address/envivo-address.sh.j2", **known, every_s=EVERY_S, **service)
        unit = render("address/envivo-address.service.j2", **known, script=self.script)
        return [
            Directory(f"{OPT}/address"),
            File(self.script, script.encode(), mode="755"),
            File(self.unit_file, unit.encode()),
        ]

    def units(self) -> list[Unit]:
        return [Unit(self.unit_name, reads=(self.script, self.unit_file))] if self.names else []


def removable(service: str) -> Removable:
    gone = Followed(service, ())
    return Removable(
        f"the addresses of {service}",
        paths=(gone.script, gone.unit_file),
        units=(gone.unit_name,),
        teardown=f"rm -rf {gone.state}",
    )
