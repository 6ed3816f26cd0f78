"""Whether this host can do what a configuration asks: packages, authorities, encoder, camera."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from envivo_agent.config import Config, Publish
from envivo_agent.encoders import ENCODERS, candidates
from envivo_agent.faults import ENCODING, PIPELINE, Fault
from envivo_agent.gst import camera
from envivo_agent.gst.bindings import absent, encrypts, properties, trust
from envivo_agent.gst.camera import CameraError
from envivo_agent.gst.selection import selection
from envivo_agent.modes import MJPEG, Mode
from envivo_agent.packages import missing_packages
from envivo_agent.plan import Plan, plan

SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""The file that Debian's GnuTLS reads; glib-networking of Debian 12 does not tell when it is not there."""


def _no_trust(publish: Publish) -> Fault | None:
    """Why no server could be trusted here; without a reason the process trusts that authority from now on."""
    if not encrypts():
        text = f"nothing here speaks TLS, which {publish.protocol} needs"
        return Fault(PIPELINE, text, "apt-get install glib-networking")
    if publish.ca:
        problem = trust(publish.ca)
        fix = "name a PEM file of certificates that the agent may read"
        return Fault(PIPELINE, f"publish.ca: {problem}", fix) if problem else None
    if not SYSTEM_AUTHORITIES.exists():
        text = "publish.ca: is empty, and this host trusts no authority"
        return Fault(PIPELINE, text, "apt-get install ca-certificates, or name one")
    return None


def _likely_mode(config: Config) -> Mode | None:
    if config.source.kind != "v4l2":
        return None
    form = MJPEG if config.source.format == "auto" else config.source.format
    return Mode(form, config.video.width, config.video.height, Fraction(config.video.fps))


def _likely(config: Config) -> Plan:
    """The plan, as far as it can be told without trial or camera."""
    installed = [encoder for encoder in candidates(config.video) if properties(encoder.element)]
    encoder = (installed or candidates(config.video))[0]
    return plan(config, encoder, properties(encoder.element), _likely_mode(config))


def unfit_to_try(config: Config) -> list[Fault]:
    """What makes a start pointless: it would be so for ever."""
    encoders = {encoder.element for encoder in ENCODERS}  # of those only a trial tells, and says more
    missing = [factory for factory in absent(_likely(config).factories) if factory not in encoders]
    faults = [
        missing_packages(missing) if missing else None,
        _no_trust(config.publish) if config.publish.encrypted else None,
    ]
    return [fault for fault in faults if fault]


def unfit(config: Config, cache: Path | None) -> list[Fault]:
    """All that is to be said against it; a camera that is not plugged in is none of it."""
    faults = unfit_to_try(config)
    if faults:
        return faults
    named = replace(config.video, fallback=False)
    chosen = selection(named, frozenset(), cache)
    if chosen.encoder is None:
        allowed = ", ".join(dict.fromkeys(("auto", *(encoder.name for encoder in ENCODERS))))
        text = f"video.encoder: {config.video.encoder} does not work here ({chosen.reason})"
        faults.append(Fault(ENCODING, text, f"one of {allowed}"))
    if config.source.kind == "v4l2" and camera.is_there(config.source.place):
        try:
            camera.mode(config)
        except CameraError as error:
            faults.append(replace(error.fault, text=f"source: {error.fault.text}"))
    return faults


def printable(config: Config, cache: Path | None) -> str:
    """With the encoder that would be chosen now, and the mode of the camera if it is there."""
    chosen = selection(config.video, frozenset(), cache)
    if chosen.encoder is None:
        return _likely(config).printable
    mode = _likely_mode(config)
    if mode:
        with suppress(CameraError):
            mode = camera.mode(config)
    return plan(config, chosen.encoder, properties(chosen.encoder.element), mode).printable
