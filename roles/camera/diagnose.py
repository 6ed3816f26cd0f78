"""Diagnosis of a camera host, step by step from the device to the server. Stops a camera's agent only where it is not
live, so that no viewer is interrupted.
"""

import json
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from envivo.core.polling import until
from envivo.probes.units import unit_state
from envivo.remote import CommandResult, RemoteShell
from envivo.roles.camera.desired import ACCOUNT, PROGRAM, configuration
from envivo.roles.camera.settings import unit_name
from envivo.roles.camera.status import FRESH_S, LIVE, agent_status
from envivo.verify.findings import Finding

_WATCHED_S = 3.0
_TRIAL_S = 90


class Step(NamedTuple):
    """A step of the diagnosis. `what`: what was seen, or is wrong; `fix`: empty where only the journal says more."""

    name: str
    ok: bool
    what: str
    fix: str = ""

    def finding(self, host: str, camera: str) -> Finding:
        fix = self.fix or f"journalctl -u {unit_name(camera)}"
        return Finding(host, f"camera-{self.name}", f"{camera}: {self.name}: {self.what}", fix)


def steps(shell: RemoteShell, camera: str, deploy: str) -> Iterator[Step]:
    """Steps up to the first that fails. `deploy`: the command that deploys. Raises envivo.remote.UnreachableError."""
    if shell.run(f"test -d {PROGRAM} && test -f {shlex.quote(configuration(camera))}").code:
        yield Step("deployed", False, "there is no agent for this camera", deploy)
        return
    before = agent_status(shell, camera)
    if before.get("state") == LIVE:
        yield from _watched(shell, camera, before)
        return
    with _stopped(shell, unit_name(camera)):
        yield from _tried(shell, camera, deploy)


def _watched(shell: RemoteShell, camera: str, before: Mapping[str, Any]) -> Iterator[Step]:
    began = time.monotonic()

    def enough(now: Mapping[str, Any]) -> bool:
        return bool(now) and now["updated"] != before["updated"] and time.monotonic() - began >= _WATCHED_S

    after = until(enough, lambda: agent_status(shell, camera), FRESH_S, 0.5)
    yield from compared(before, after)


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Step]:
    """Steps from two statuses of an agent that was live at the first."""
    if not after or after["state"] != LIVE:
        yield Step("publish", False, after.get("reason", "the agent is gone"), "run this again")
        return
    places = {
        "capture": ("frames_captured", after["mode"] or after["source"]),
        "encode": ("frames_encoded", after["encoder_reason"]),
        "publish": ("frames_sent", f"{after['publish']}, {after['fps']:g} fps, {after['bitrate_kbps']} kbit/s"),
    }
    for name, (key, what) in places.items():
        frames = after[key] - before[key]
        seen = f"{what} ({frames} frames while the agent was watched)"
        yield Step(name, frames > 0, seen if frames > 0 else f"no frames in {_WATCHED_S:g} s ({what})")


@contextmanager
def _stopped(shell: RemoteShell, unit: str) -> Iterator[None]:
    """Stops the agent, which frees the camera, and starts it again afterwards if it ran before."""
    ran = unit_state(shell, unit).active != "inactive"
    shell.run(f"systemctl stop {shlex.quote(unit)}")
    try:
        yield
    finally:
        if ran:
            shell.run(f"systemctl --no-block start {shlex.quote(unit)}")


def _tried(shell: RemoteShell, camera: str, deploy: str) -> Iterator[Step]:
    environment = {"PYTHONPATH": PROGRAM, "HOME": f"/var/lib/{ACCOUNT.name}"}
    environment |= {
        "CACHE_DIRECTORY": f"/var/cache/{ACCOUNT.name}",
        "GST_REGISTRY": f"/var/cache/{ACCOUNT.name}/registry.bin",
    }
    variables = " ".join(f"{key}={value}" for key, value in environment.items())
    command = f"/usr/bin/python3 -s -B -m envivo_agent --try {shlex.quote(configuration(camera))}"
    said = shell.run(f"cd / && runuser -u {ACCOUNT.name} -- env {variables} {command}", within_s=_TRIAL_S)
    yield from reported(said, deploy)


def reported(said: CommandResult, deploy: str) -> Iterator[Step]:
    """Steps that the agent reported, and the one in which it died."""
    found = list(parse(said.out))
    yield from found
    if said.code == 0 and not found:
        yield Step("start", False, "the agent's output was not understood (another version?)", deploy)
    elif said.code and all(step.ok for step in found):
        lines = said.err.strip().splitlines() or [f"the test ended with exit code {said.code}"]
        yield Step("start", False, f"the test took longer than {_TRIAL_S} s" if said.code == 124 else lines[-1])


def parse(out: str) -> Iterator[Step]:
    """Steps from the output of `envivo_agent --try` (agent/envivo_agent/diagnosis.py), to which libraries add lines."""
    for line in out.splitlines():
        try:
            fields = json.loads(line)
            step = Step(fields["step"], fields["ok"], fields["what"], fields["fix"])
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if isinstance(step.ok, bool) and all(isinstance(text, str) for text in (step.name, step.what, step.fix)):
            yield step
