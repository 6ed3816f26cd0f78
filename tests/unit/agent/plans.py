"""Plans as an installation makes them whose elements know all that they are told."""

import json
from fractions import Fraction
from typing import Any

from envivo_agent.config import parse
from envivo_agent.encoders import ENCODERS, Encoder
from envivo_agent.modes import Mode
from envivo_agent.plan import Chain, Plan, plan

Document = dict[str, Any]
CLIP = {"kind": "file", "file": "/srv/a clip ! of mine.mp4"}
PROTOCOLS = ["rtsp", "rtmp", "rtsps", "rtmps"]


def encoder(element: str = "x264enc") -> Encoder:
    return next(one for one in ENCODERS if one.element == element)


def made(document: Document, element: str = "x264enc", mode: Mode | None = None, audible: bool = True) -> Plan:
    config, chosen = parse(json.dumps(document)), encoder(element)
    return plan(config, chosen, frozenset(chosen.settings(config.video)), mode, audible)


def camera(document: Document, form: str, fps: float = 30, element: str = "x264enc") -> Plan:
    document["source"] = {"kind": "v4l2", "device": "/dev/v4l/by-id/usb-x-video-index0", "format": "auto"}
    video = document["video"]
    return made(document, element, Mode(form, video["width"], video["height"], Fraction(fps)))


def value(chain: Chain | None, name: str) -> str:
    assert chain is not None
    return next(wanted.value for wanted in chain.properties if wanted.name == name)
