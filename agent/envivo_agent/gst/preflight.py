"""Whether this host can do what a configuration asks: packages, authorities, encoder, camera."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from envivo_agent.config import Config, Publish
from envivo_agent.encoders import ENCODERS, candidates
from envivo_agent.faults import ENCODING, PIPELINE, CameraError, Fault
from envivo_agent.gst import camera
from envivo_agent.gst.bindings import absent, encrypts, properties, trust
from envivo_agent.gst.pipeline_builder import CannotBuildError, PipelineBuilder
from envivo_agent.gst.selection import selection
from envivo_agent.ipcam import plan as ipcam_plan
from envivo_agent.ipcam.asking import ask
from envivo_agent.ipcam.carriage import Carriage
from envivo_agent.ipcam.sdp import VIDEO, Track
from envivo_agent.modes import MJPEG, Mode
from envivo_agent.packages import missing_packages
from envivo_agent.plan import Plan, plan

SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""The file that Debian's GnuTLS reads; glib-networking of Debian 12 does not report its absence."""


def _no_trust(publish: Publish) -> Fault | None:
    """Reason why no server could be trusted here; where there is none, the process trusts `publish.ca` from now on."""
    if not encrypts():
        text = f"GStreamer has no TLS here, which {publish.protocol} needs"
        return Fault(PIPELINE, text, "apt-get install glib-networking")
    if publish.ca:
        problem = trust(publish.ca)
        fix = "name a PEM file of certificates that the agent may read"
        return Fault(PIPELINE, f"publish.ca: {problem}", fix) if problem else None
    if not SYSTEM_AUTHORITIES.exists():
        text = "publish.ca: is empty, and this host trusts no authority"
        return Fault(PIPELINE, text, "apt-get install ca-certificates, or name a PEM file of certificates")
    return None


def _likely_mode(config: Config) -> Mode | None:
    if config.source.kind != "v4l2":
        return None
    form = MJPEG if config.source.format == "auto" else config.source.format
    return Mode(form, *config.camera_size, Fraction(config.video.fps))


def _likely(config: Config) -> Plan:
    """Plan as far as it is known without a trial or the camera."""
    if config.source.kind == "rtsp":
        usual = Carriage(Track(0, VIDEO, "H264"), None, "", "", config.video.fps)
        return ipcam_plan.plan(config, usual, None, frozenset(), audible=True)
    installed = [encoder for encoder in candidates(config.video) if properties(encoder.element)]
    encoder = (installed or candidates(config.video))[0]
    return plan(config, encoder, properties(encoder.element), _likely_mode(config))


def unfit_to_try(config: Config) -> list[Fault]:
    """Faults that make a start pointless: waiting does not fix them."""
    encoders = {encoder.element for encoder in ENCODERS}  # only a trial shows which of them work, with a reason
    missing = [factory for factory in absent(_likely(config).factories) if factory not in encoders]
    faults = [
        missing_packages(missing) if missing else None,
        _no_trust(config.publish) if config.publish.encrypted else None,
    ]
    return [fault for fault in faults if fault]


def asked(builder: PipelineBuilder) -> Fault | None:
    """Ask an IP camera; why it cannot be used."""
    try:
        return builder.announced(ask(builder.config.source), 0.0)
    except CameraError as error:
        return error.fault


def unfit(config: Config, cache: Path | None) -> list[Fault]:
    """All faults; a camera that is not plugged in is not one, an IP camera that does not answer is."""
    faults = unfit_to_try(config)
    if faults:
        return faults
    builder = PipelineBuilder(config, cache)
    if builder.from_network and (fault := asked(builder)):
        return [replace(fault, text=f"source: {fault.text}")]
    if builder.encodes:
        faults += _no_encoder(config, cache)
    if config.source.kind == "v4l2" and camera.is_there(config.source.place):
        try:
            camera.mode(config)
        except CameraError as error:
            faults.append(replace(error.fault, text=f"source: {error.fault.text}"))
    return faults


def _no_encoder(config: Config, cache: Path | None) -> list[Fault]:
    named = replace(config.video, fallback=False)
    chosen = selection(named, frozenset(), cache)
    if chosen.encoder is None:
        allowed = ", ".join(dict.fromkeys(("auto", *(encoder.name for encoder in ENCODERS))))
        text = f"video.encoder: {config.video.encoder} does not work here ({chosen.reason})"
        return [Fault(ENCODING, text, f"choose one of {allowed}")]
    return []


def printable(config: Config, cache: Path | None) -> str:
    """Plan as text, with the encoder that would be chosen now, and the camera's mode if it is plugged in."""
    builder = PipelineBuilder(config, cache)
    if builder.from_network:
        with suppress(CannotBuildError):
            return (_likely(config) if asked(builder) else builder.plan(0.0)).printable
        return _likely(config).printable
    chosen = selection(config.video, frozenset(), cache)
    if chosen.encoder is None:
        return _likely(config).printable
    mode = _likely_mode(config)
    if mode:
        with suppress(CameraError):
            mode = camera.mode(config)
    return plan(config, chosen.encoder, properties(chosen.encoder.element), mode).printable
