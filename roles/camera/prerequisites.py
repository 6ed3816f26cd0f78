"""Sources and encoders of cameras on their host: the device or the clip is there."""

import shlex
from collections.abc import Iterator
from functools import partial

from envivo.roles.camera.desired import local_cameras
from envivo.roles.camera.settings import Agents, Camera
from envivo.roles.role import Evidence, Target
from envivo.verify.engine import Check
from envivo.verify.findings import Finding

ENCODERS = {"vaapi": "/dev/dri/renderD*", "nvenc": "/dev/nvidia[0-9]*"}
"""Encoder -> devices of which it needs one. Only a trial distinguishes those of v4l2 from cameras."""


def checks(target: Target[Agents], evidence: Evidence) -> Iterator[Check]:
    for path, camera in local_cameras(target.settings, target.context).items():
        needs = (evidence.reachable[target.name],)
        if camera.encoder in ENCODERS and not camera.encoder_fallback:
            yield Check(target.name, "its encoder has a device", partial(_encoder, target, path, camera), needs, path)
        if camera.source in ("v4l2", "file"):
            yield Check(target.name, "its source is there", partial(_source, target, path, camera), needs, path)


def _source(target: Target[Agents], path: str, camera: Camera) -> Iterator[Finding]:
    if camera.source == "v4l2":
        test, place = "-c", camera.device
        fix = "plug the camera in, or set the device to one of"
        listing = "ls /dev/v4l/by-id/* /dev/video* 2>/dev/null"
    else:
        test, place = "-f", camera.file
        fix, listing = "copy the clip there", ""
    if not target.shell.run(f"test {test} {shlex.quote(place)}").code:
        return
    if listing:
        there = target.shell.run(listing).out.split()
        fix = f"{fix} {', '.join(there)}" if there else "plug the camera in"
    yield Finding(target.name, "source-missing", f"{path}: {place} is not there", fix)


def _encoder(target: Target[Agents], path: str, camera: Camera) -> Iterator[Finding]:
    devices = ENCODERS[camera.encoder]
    if not target.shell.run(f"ls {devices} 2>/dev/null").out.strip():
        what = f"{path}: no device for the encoder {camera.encoder} is there ({devices})"
        yield Finding(target.name, "encoder-missing", what, 'install its driver, or choose encoder "auto"')
