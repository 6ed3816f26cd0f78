"""The controls of a camera (focus, exposure, mains frequency ...): which to set, and which are not in force.

Not v4l2src's extra-controls: a name that the camera lacks appears in GStreamer's own log alone
(docs/notes/gstreamer.md#controls-of-a-camera).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from envivo_agent.section import Section, matching

REMEDY = "fix controls in the settings; v4l2-ctl --list-ctrls-menus on the camera's host lists what it takes"
LOWEST, HIGHEST = -(2**31), 2**31 - 1
_NAME = matching(r"[a-z0-9_]{1,63}")
_INTEGER, _BOOLEAN, _MENU, _BITMASK, _INTEGER_MENU = 1, 2, 3, 8, 9
_NUMBERS = frozenset({_INTEGER, _BOOLEAN, _MENU, _BITMASK, _INTEGER_MENU})
_DISABLED, _READ_ONLY, _INACTIVE, _VOLATILE = 0x1, 0x4, 0x10, 0x80
"""Types and flags of videodev2.h."""


@dataclass(frozen=True)
class Control:
    """As the driver describes it; `name` as v4l2-ctl writes it."""

    number: int
    type: int
    name: str
    least: int
    most: int
    default: int
    flags: int

    @property
    def settable(self) -> bool:
        return self.type in _NUMBERS and not self.flags & (_DISABLED | _READ_ONLY)

    @property
    def held(self) -> bool:
        """Whether an automatic control decides on it now."""
        return bool(self.flags & _INACTIVE)

    @property
    def changes_itself(self) -> bool:
        return bool(self.flags & _VOLATILE)

    @property
    def span(self) -> tuple[int, int]:
        """A bit mask has an unsigned limit, and is set as the signed number of the same bits."""
        return (LOWEST, HIGHEST) if self.type == _BITMASK else (self.least, self.most)


class Device(Protocol):
    """A camera's controls. Methods raise OSError."""

    def controls(self) -> list[Control]: ...

    def value(self, number: int) -> int: ...

    def set_value(self, number: int, value: int) -> None: ...


def controls(section: Section) -> tuple[tuple[str, int], ...]:
    """Of a source, as configured: names and values."""
    return section.section("controls").numbers(_NAME, LOWEST, HIGHEST) if section.has("controls") else ()


def name_of(described: str) -> str:
    """The driver's `Focus, Absolute` as v4l2-ctl writes it: `focus_absolute`."""
    return re.sub(r"[^a-z0-9]+", "_", described.lower()).strip("_")


def applied(wanted: Mapping[str, int], device: Device) -> tuple[str, ...]:
    """Set the controls. Returns a sentence for each that is not in force then. Raises OSError where the device has no
    controls that could be asked for.

    Those that are refused are tried again after the others, as long as that helps: many are refused while their
    automatic control is on, in whatever order they are wanted.
    """
    known = {control.name: control for control in device.controls() if control.settable}
    wrong = {name: _unfit(name, value, known) for name, value in wanted.items()}
    waiting = {name: value for name, value in wanted.items() if not wrong[name]}
    reasons: dict[str, str] = {}
    while waiting:
        reasons = _refused(waiting, known, device)
        if len(reasons) == len(waiting):
            break
        waiting = {name: waiting[name] for name in reasons}
    after = {control.name: control for control in device.controls()}
    for name, value in wanted.items():
        if not wrong[name]:
            wrong[name] = _not_in_force(name, value, reasons.get(name, ""), after.get(name, known[name]), device)
    return tuple(sentence for sentence in wrong.values() if sentence)


def _unfit(name: str, value: int, known: Mapping[str, Control]) -> str:
    if name not in known:
        return f"{name}: the camera has no such control, but {', '.join(known) or 'none'}"
    least, most = known[name].span
    return "" if least <= value <= most else f"{name}: takes {least} to {most}, is {value}"


def _refused(waiting: Mapping[str, int], known: Mapping[str, Control], device: Device) -> dict[str, str]:
    """Reasons, by name."""
    reasons = {}
    for name, value in waiting.items():
        try:
            device.set_value(known[name].number, value)
        except OSError as error:
            reasons[name] = error.strerror or str(error)
    return reasons


def _not_in_force(name: str, value: int, reason: str, control: Control, device: Device) -> str:
    held = ", while its automatic control is on" if control.held else ""
    if reason:
        return f"{name}: the camera refuses {value} ({reason}){held}"
    if control.changes_itself:
        return ""
    try:
        there = device.value(control.number)
    except OSError:
        return ""  # it was taken, but cannot be read
    return "" if there == value else f"{name}: the camera has {there} instead of {value}{held}"
