"""Sources and encoders of cameras on their host: the device or the clip is there."""

import re
import shlex
from collections.abc import Iterator
from functools import partial

from envivo.roles.camera.address import host_and_port
from envivo.roles.camera.desired import local_cameras
from envivo.roles.camera.settings import Agents, Camera
from envivo.roles.role import Evidence, Target
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding

V4L2_ENCODER = "v4l2h264enc"
"""Element of GStreamer, which exists where the kernel has such a device."""
CAPTURES = "cat /proc/asound/cards /proc/asound/pcm 2>/dev/null"
"""What `arecord -l` reads, which comes with a deploy."""
_ANSWERS_WITHIN_S = 5
ENCODERS = {"vaapi": "/dev/dri/renderD*", "nvenc": "/dev/nvidia[0-9]*"}
"""Encoder -> devices of which it needs one. Only a trial distinguishes those of v4l2 from cameras."""


def checks(target: Target[Agents], evidence: Evidence) -> Iterator[Check]:
    for path, camera in local_cameras(target.settings, target.context).items():
        needs = (evidence.reachable[target.name],)
        encodes = not (camera.source == "rtsp" and camera.mode == "passthrough") and not camera.encoder_fallback
        if encodes and camera.encoder in ENCODERS:
            yield Check(target.name, "its encoder has a device", partial(_encoder, target, path, camera), needs, path)
        if encodes and camera.encoder == "v4l2":
            yield Check(target.name, "its encoder exists", partial(_element, target, path), needs, path)
        if camera.audio == "alsa":
            yield Check(
                target.name, "its microphone is connected", partial(_microphone, target, path, camera), needs, path
            )
        if camera.source in ("v4l2", "file"):
            yield Check(target.name, "its source exists", partial(_source, target, path, camera), needs, path)
        if camera.source == "rtsp":
            yield Check(target.name, "its IP camera answers", partial(_reached, target, path, camera), needs, path)


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
    yield Finding(target.name, "source-missing", f"{path}: {place} does not exist", fix)


def _reached(target: Target[Agents], path: str, camera: Camera) -> Iterator[Finding]:
    """Whether the camera takes connections of its host; what it says is for the agent to ask, with the password."""
    host, port = host_and_port(camera.url)
    script = f"exec 3<>/dev/tcp/{host}/{port}"
    done = target.shell.run(f"timeout {_ANSWERS_WITHIN_S} bash -c {shlex.quote(script)} 2>&1")
    if done.code:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        why = f"no answer within {_ANSWERS_WITHIN_S} s" if done.code == 124 else _reason(done.out)
        fix = "switch the camera on, and RTSP in its settings; or fix url, which this host must reach"
        yield Finding(target.name, "source-missing", f"{path}: no connection to {place} ({why})", fix)


def _reason(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[0].rpartition(": ")[2] if lines else "no reason given"


def _encoder(target: Target[Agents], path: str, camera: Camera) -> Iterator[Finding]:
    devices = ENCODERS[camera.encoder]
    if not target.shell.run(f"ls {devices} 2>/dev/null").out.strip():
        what = f"{path}: there is no device for the encoder {camera.encoder} ({devices})"
        yield Finding(target.name, "encoder-missing", what, 'install its driver, or choose encoder "auto"')


def _element(target: Target[Agents], path: str) -> Iterator[Finding | Observation]:
    done = target.shell.run(f"command -v gst-inspect-1.0 >/dev/null || exit 9; gst-inspect-1.0 --exists {V4L2_ENCODER}")
    if done.code == 9:
        yield Observation("can be checked once a deploy has installed GStreamer")
    elif done.code:
        what = f"{path}: GStreamer has no encoder {V4L2_ENCODER}: the kernel shows no device that encodes"
        yield Finding(target.name, "encoder-missing", what, 'install its driver, or choose encoder "auto"')


def microphones(said: str) -> dict[str, str]:
    """Number -> name of the sound cards that record, from what `CAPTURES` has printed."""
    names = {found[1]: found[2] for found in re.finditer(r"^ *(\d+) \[(\S+) *\]", said, re.MULTILINE)}
    recording = re.findall(r"^(\d+)-\d+: .*: capture \d", said, re.MULTILINE)
    return {str(int(number)): names.get(str(int(number)), "") for number in recording}


def _microphone(target: Target[Agents], path: str, camera: Camera) -> Iterator[Finding]:
    found = microphones(target.shell.run(CAPTURES).out)
    devices = " or ".join(f"hw:CARD={name}" for name in found.values() if name)
    named = re.search(r"(?:hw|dsnoop|sysdefault|front):(?:CARD=)?(\w+)", camera.audio_device)
    if not found:
        what = f"{path}: the host has no sound card that can record"
        yield Finding(target.name, "source-missing", what, 'plug the microphone in, or set audio to "none"')
    elif named and named[1] not in (*found, *found.values()):
        what = f"{path}: {camera.audio_device} is not a sound card that records"
        yield Finding(target.name, "source-missing", what, f"plug it in, or set audio_device to {devices}")
