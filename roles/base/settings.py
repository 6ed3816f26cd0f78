"""Settings of every host."""

from typing import Annotated

from pydantic import Field

from envivo.config.interrupts import Interrupts
from envivo.config.types import Flag, Settings, Text, Whole
from envivo.config.values import Shape, port_and_protocol, program


class Base(Settings):
    """What holds for every host."""

    interrupts = Interrupts.NOBODY
    apt_lock_wait: Annotated[Whole, Field(ge=1, le=3600)] = 600
    """Seconds that a deploy waits for another process that holds apt's locks, as cloud-init does at first boot."""
    untested_system: Flag = False
    """Whether a deploy goes on on a system that envivo was never run on, such as Ubuntu: one like Debian, whose apt
    offers all packages in versions that are not older than Debian's (docs/reference/hosts.md#systems)."""
    other_ports: tuple[Annotated[Text, Shape("port and protocol such as 9100/tcp", port_and_protocol)], ...] = ()
    """Ports that may be open on hosts beside those of envivo and SSH; `envivo verify` reports any other."""
    other_programs: tuple[Annotated[Text, Shape("name of a program, as `ss -lntup` shows it", program)], ...] = ()
    """Programs that may listen on any port of hosts, as avahi-daemon does on ports that change with each start. A port
    that envivo itself needs must still be free."""
