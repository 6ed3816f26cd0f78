"""What every host gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from envivo.artifacts import Image
from envivo.operations.preflight import Listener
from envivo.settings import Settings


class Base(Settings):
    apt_lock_wait: Annotated[int, Field(ge=1, le=3600)] = 600
    """Seconds to wait for another process that holds apt's locks, as cloud-init does at first boot."""


@dataclass(frozen=True)
class Needs:
    """What the roles of one host ask of it."""

    packages: Sequence[str]
    provided: Mapping[str, str]
    """Packages that a host may do without where the command succeeds."""
    ports: Sequence[Listener]
    images: Sequence[Image]
    systems: Sequence[str]
    """Operating systems as `ID-VERSION_ID` of os-release."""
