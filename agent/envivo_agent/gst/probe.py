"""What this host has: cameras with their stable names and formats, audio devices, encoders that work."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from envivo_agent.config import Audio, Config, Publish, Source, Video
from envivo_agent.encoders import ENCODERS
from envivo_agent.faults import CameraError
from envivo_agent.gst import camera
from envivo_agent.gst.bindings import version
from envivo_agent.gst.selection import prove
from envivo_agent.modes import Offer
from envivo_agent.v4l2 import opened

_STABLE = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))
_USUAL = Config(
    "probe",
    Source("v4l2", format="auto"),
    Audio("none"),
    Video(1280, 720, 30, 2500, 500, "auto", True, "balanced"),
    Publish("rtsp", "localhost", 8554, "probe", ""),
    0,
)
"""Only the size is used, at which encoders are tried."""


def alsa_devices(pcm: str) -> list[dict[str, str]]:
    """Capture devices in the text of /proc/asound/pcm, such as `00-00: ALC257 Analog : ALC257 Analog : capture 1`."""
    found = []
    for line in pcm.splitlines():
        numbers, _, rest = line.partition(":")
        said = re.fullmatch(r"(\d+)-(\d+)", numbers.strip())
        if said and re.search(r"\bcapture \d", rest):
            device = f"hw:{int(said.group(1))},{int(said.group(2))}"
            found.append({"device": device, "name": rest.partition(":")[0].strip()})
    return found


def _names(device: Path) -> list[str]:
    links = [link for directory in _STABLE if directory.is_dir() for link in sorted(directory.iterdir())]
    return [str(link) for link in links if link.resolve() == device]


def _offer(offer: Offer) -> dict[str, Any]:
    rates = [round(float(rate), 2) for rate in offer.rates]
    return {"format": offer.format, "width": offer.width, "height": offer.height, "fps": rates}


def _controls(device: Path) -> dict[str, Any]:
    try:
        with opened(str(device)) as asked:
            there = [control for control in asked.controls() if control.settable]
            return {
                control.name: {"from": control.least, "to": control.most, "default": control.default}
                for control in there
            }
    except OSError:
        return {}  # the formats tell what is wrong with it


def _camera(device: Path) -> dict[str, Any]:
    card = Path("/sys/class/video4linux", device.name, "name")
    known: dict[str, Any] = {
        "device": str(device),
        "names": _names(device),
        "card": card.read_text(encoding="utf-8", errors="replace").strip() if card.exists() else "",
    }
    known["controls"] = _controls(device)
    try:
        offers = camera.offered(replace(_USUAL, source=Source("v4l2", str(device), "auto")))
    except CameraError as error:
        return {**known, "formats": [], "problem": str(error.fault)}
    return {**known, "formats": [_offer(offer) for offer in offers]}


def _encoders() -> list[dict[str, Any]]:
    found = []
    for encoder in ENCODERS:
        proof = prove(encoder, _USUAL.video)
        found.append(
            {"name": encoder.name, "element": encoder.element, "works": proof.works, "why": proof.why, "fps": proof.fps}
        )
    return found


def _number(device: Path) -> int:
    return int(device.name.removeprefix("video"))


def print_probe() -> int:
    pcm = Path("/proc/asound/pcm")
    devices = [device for device in Path("/dev").iterdir() if re.fullmatch(r"video\d+", device.name)]
    found = {
        "gstreamer": version(),
        "cameras": [_camera(device) for device in sorted(devices, key=_number)],
        "audio": alsa_devices(pcm.read_text(encoding="utf-8")) if pcm.exists() else [],
        "encoders": _encoders(),
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0
