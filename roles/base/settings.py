"""Settings of every host."""

from typing import Annotated

from pydantic import Field

from envivo.config.interrupts import Interrupts
from envivo.config.types import Flag, Settings, Text, Whole
from envivo.config.values import Shape, port_and_protocol, program


class Base(Settings):
    """Settings of every host."""

    interrupts = Interrupts.NOBODY
    apt_lock_wait: Annotated[Whole, Field(ge=1, le=3600)] = 600
    """Seconds that a deploy waits while another process holds apt's locks, such as cloud-init at the first boot."""
    untested_system: Flag = False
    """Whether to deploy to a system that envivo was never tested on, such as Ubuntu. It must be similar to Debian,
    and apt must offer all packages in Debian's versions or newer (docs/reference/hosts.md#systems)."""
    other_ports: tuple[Annotated[Text, Shape("port and protocol such as 9100/tcp", port_and_protocol)], ...] = ()
    """Ports that may be open on hosts in addition to those of envivo and SSH; `envivo verify` reports all others."""
    other_programs: tuple[Annotated[Text, Shape("name of a program, as `ss -lntup` shows it", program)], ...] = ()
    """Programs that may listen on any port, such as avahi-daemon, whose ports change with each start. A port that
    envivo itself needs must still be free."""
