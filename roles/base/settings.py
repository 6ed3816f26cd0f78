"""What every host gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from envivo.artifacts import Image
from envivo.config.interrupts import Interrupts
from envivo.config.types import Settings, Text, Whole
from envivo.config.values import Shape, port_and_protocol
from envivo.state.desired import Account, Listener


class Base(Settings):
    """What holds for every host."""

    interrupts = Interrupts.NOBODY
    apt_lock_wait: Annotated[Whole, Field(ge=1, le=3600)] = 600
    """Seconds that a deploy waits for another process that holds apt's locks, as cloud-init does at first boot."""
    other_ports: tuple[Annotated[Text, Shape("port and protocol such as 9100/tcp", port_and_protocol)], ...] = ()
    """Ports that may be open on hosts beside those of envivo and SSH; `envivo verify` reports any other."""


@dataclass(frozen=True)
class Needs:
    """What the roles of one host ask of it."""

    packages: Sequence[str]
    provided: Mapping[str, str]
    """Packages that a host may do without where the command succeeds."""
    masked: Mapping[str, str]
    """Package -> unit that must not start before its role has configured it."""
    accounts: Sequence[Account]
    ports: Sequence[Listener]
    images: Sequence[Image]
    systems: Sequence[str]
    """Operating systems as `ID-VERSION_ID` of os-release."""
    own_units: Mapping[str, str]
    """Unit -> the file whose presence makes the ports that it holds ours."""
    names: Mapping[str, str]
    """Name -> the address that it has to lead to, as the host itself resolves it."""
    addresses: Mapping[str, str]
    """Address that an interface of the host must have -> the setting that says so."""
    documents: Sequence[str]
    """Files of JSON, not envivo's, to which it adds: where one cannot be read the host is left alone."""
