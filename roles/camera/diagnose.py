"""Diagnosis of a camera host, step by step from the device to the server. Stops a camera's agent only where it is not
live, so that no viewer is interrupted.
"""

import json
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from envivo.core.moments import moment
from envivo.core.polling import until
from envivo.core.quoting import shown
from envivo.probes import load
from envivo.probes.units import unit_state
from envivo.remote import CommandResult, RemoteShell
from envivo.roles.base.causes import ENOUGH_OF
from envivo.roles.base.checks import stopper
from envivo.roles.camera.desired import ACCOUNT, PROGRAM, configuration
from envivo.roles.camera.settings import Camera, unit_name
from envivo.roles.camera.status import FRESH_S, agent_status
from envivo.roles.role import LIVE
from envivo.status.rows import figure
from envivo.verify.findings import Finding

_WATCHED_S = 3.0
_LOOKS = 2
_SECRET = frozenset({"publish.user", "publish.password", "source.user", "source.password"})
_TRIAL_S = 90
CONTROLS = "fix controls in the settings; v4l2-ctl --list-ctrls-menus on the camera's host lists what it takes"
PUBLISH = "publish"
"""The step that needs the server."""


@dataclass(frozen=True)
class ExpectedCamera:
    """What the settings say of a camera."""

    camera: Camera
    configuration: str = field(repr=False)
    """The agent's, with the password."""


class Step(NamedTuple):
    """A step of the diagnosis. `what`: what was seen, or is wrong; `fix`: empty where only the journal says more."""

    name: str
    ok: bool
    what: str
    fix: str = ""

    def finding(self, host: str, camera: str) -> Finding:
        fix = self.fix or f"envivo logs ENV {camera}"
        return Finding(host, f"camera-{self.name}", f"{camera}: {self.name}: {self.what}", fix)


def steps(shell: RemoteShell, camera: str, deploy: str, wanted: ExpectedCamera) -> Iterator[Step]:
    """Steps up to the first that fails; `deployed` and `service` are followed by the others even so.

    `deploy`: the command that deploys. Raises envivo.remote.UnreachableError.
    """
    if shell.run(f"test -d {PROGRAM} && test -f {shlex.quote(configuration(camera))}").code:
        yield Step("deployed", False, "there is no agent for this camera", deploy)
        return
    there = shell.run(f"cat {shlex.quote(configuration(camera))}").out
    if differs := differences(there, wanted.configuration):
        yield Step("deployed", False, f"its configuration is not as the settings say: {differs}", deploy)
    before = agent_status(shell, camera)
    yield _service(shell, camera, before, deploy)
    if before.get("state") == LIVE:
        yield from _watched(shell, camera, before, wanted)
        return
    with _stopped(shell, unit_name(camera)):
        yield from _tried(shell, camera, deploy)


def differences(there: str, wanted: str) -> str:
    """Values of the configuration on the host that are not those of the settings; no secret is in it."""
    try:
        found, expected = (dict(_leaves(json.loads(text))) for text in (there, wanted))
    except ValueError:
        return "it is not JSON"
    named = []
    for key in dict.fromkeys((*expected, *found)):
        if found.get(key) != expected.get(key):
            values = "" if key in _SECRET else f" is {shown(found.get(key))} instead of {shown(expected.get(key))}"
            named.append(f"{key}{values or ' differs'}")
    return ", ".join(named)


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, f"{place}.{key}" if place else str(key))
    else:
        yield place, value


def _service(shell: RemoteShell, camera: str, before: Mapping[str, Any], deploy: str) -> Step:
    """Whether the agent runs, starts at boot, and has read its newest configuration."""
    unit = unit_name(camera)
    state = until(lambda state: state.active != "activating", lambda: unit_state(shell, unit), FRESH_S, 0.5)
    if not state.runs and (by := stopper(shell, unit)):
        return Step("service", False, f"{by.program} is {by.words}: nobody publishes", by.to_start)
    if not state.runs:
        fix = deploy if state.hindrance else f"envivo restart ENV {camera}"
        return Step("service", False, f"{unit} is {state.words}: nobody publishes", fix)
    if not state.enabled:
        return Step("service", False, f"{unit} does not start at boot", f"systemctl enable {unit}")
    written = shell.run(f"stat -c %.9Y {shlex.quote(configuration(camera))}").out.strip()
    if before and before.get("configuration_written") != written:
        return Step("service", False, f"{unit} runs with an older configuration", f"systemctl reload {unit}")
    return Step("service", True, f"{unit} is active")


def _watched(shell: RemoteShell, camera: str, before: Mapping[str, Any], wanted: ExpectedCamera) -> Iterator[Step]:
    """A rate that is too low is looked at once more: a second with other work on the host is not a fault."""
    found: list[Step] = []
    for _ in range(_LOOKS):
        after = _later(shell, camera, before)
        if after and after.get("started") != before.get("started"):  # counts of another process
            before, after = after, _later(shell, camera, after)
        found = list(compared(before, after, wanted.camera, lambda: _busy(shell)))
        if all(step.ok for step in found) or after.get("state") != LIVE:
            break
        before = after
    yield from found


def _later(shell: RemoteShell, camera: str, before: Mapping[str, Any]) -> Mapping[str, Any]:
    began = time.monotonic()

    def enough(now: Mapping[str, Any]) -> bool:
        return bool(now) and now["updated"] != before["updated"] and time.monotonic() - began >= _WATCHED_S

    return until(enough, lambda: agent_status(shell, camera), FRESH_S, 0.5)


def _busy(shell: RemoteShell) -> str:
    """The host's load where it has no processor time left; empty otherwise."""
    try:
        now = load.load(shell)
    except ValueError:
        return ""
    return str(now) if now.starved else ""


def compared(
    before: Mapping[str, Any], after: Mapping[str, Any], camera: Camera, busy: Callable[[], str] = lambda: ""
) -> Iterator[Step]:
    """Steps from two statuses of an agent that was live at the first, against its settings."""
    if not after or after["state"] != LIVE:
        yield Step(PUBLISH, False, after.get("reason", "the agent stopped during the test"), "run this again")
        return
    if refused := after.get("controls"):
        yield Step("controls", False, "; ".join(refused), CONTROLS)
    seconds = moment(after["updated"]) - moment(before["updated"])
    rates = {
        name: (after[key] - before[key]) / seconds if seconds > 0 else 0.0
        for name, key in (
            ("capture", "frames_captured"),
            ("encode", "frames_encoded"),
            (PUBLISH, "frames_sent"),
        )
    }
    places = {
        "capture": f"{after['mode'] or after['source']}{_keys(after)}",
        "encode": after["encoder_reason"],
        PUBLISH: f"{after['publish']}, {figure(after['bitrate_kbps'])} kbit/s",
    }
    checks = {"capture": _mode(after["mode"], camera), "encode": _encoder(after, camera), PUBLISH: ""}
    wanted = after.get("wanted_fps") or camera.fps
    for name, rate in rates.items():
        seen = f"{places[name]}: {rate:.0f} of {wanted} frames a second"
        if rate < ENOUGH_OF * wanted:
            load_now = busy()
            fix = (
                "check which program uses the processor there: top" if load_now else _slow(name, rates, wanted, camera)
            )
            yield Step(name, False, f"{seen}{f'; the host is {load_now}' if load_now else ''}", fix)
        elif checks[name]:
            yield Step(
                name, False, f"{seen}; {checks[name]}", "systemctl restart the agent; if that does not help, deploy"
            )
        else:
            yield Step(name, True, f"{seen}{_instead(after, camera) if name == 'encode' else ''}")


def _keys(after: Mapping[str, Any]) -> str:
    """How long a new viewer waits for a picture, where the camera decides on it."""
    measured = after.get("keyframe_interval_ms")
    return f", a key frame every {measured} ms" if measured else ""


def _slow(name: str, rates: Mapping[str, float], wanted: int, camera: Camera) -> str:
    if name == "capture" or rates["capture"] < ENOUGH_OF * wanted:
        if camera.source == "rtsp":
            return "more light, or a lower rate in the camera's settings; see the network to it"
        return f"more light, another format or a smaller picture; or set fps to {max(1, round(rates['capture']))}"
    if name == "encode" or rates["encode"] < ENOUGH_OF * wanted:
        return 'a smaller picture, a lower fps, or preset "low-cpu"'
    return "check the server's firewall and the network to it"


def _mode(mode: str, camera: Camera) -> str:
    """How the camera's mode is not what was configured; empty: it is, or there is none."""
    size = "x".join(map(str, camera.camera_size))
    if not mode or camera.source != "v4l2":
        return ""
    if f" {size} " not in mode:
        return f"the size should be {size}"
    if camera.format != "auto" and not mode.startswith(f"{camera.format} "):
        return f"the format should be {camera.format}"
    return ""


def _other(after: Mapping[str, Any], camera: Camera) -> bool:
    return camera.encoder not in ("auto", after.get("encoder_name") or camera.encoder)


def _encoder(after: Mapping[str, Any], camera: Camera) -> str:
    return f"the encoder should be {camera.encoder}" if _other(after, camera) and not camera.encoder_fallback else ""


def _instead(after: Mapping[str, Any], camera: Camera) -> str:
    return f"; in place of {camera.encoder} (encoder_fallback)" if _other(after, camera) else ""


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
