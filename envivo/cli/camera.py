"""`envivo camera`: cameras on their hosts."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from envivo import inventory
from envivo.cli.camera_discover import discover
from envivo.cli.reporting import Reporting, group_data_option, json_option
from envivo.cli.suggesting import Suggesting
from envivo.core.errors import EnvivoError
from envivo.core.names import ensure_known
from envivo.remote import remote_shells
from envivo.verify.findings import Finding, report


@click.group(cls=Suggesting, short_help="Find IP cameras, and test cameras.")
def command() -> None:
    """Find IP cameras, and diagnose cameras."""


command.add_command(discover)


@command.command(cls=Reporting, short_help="Test cameras step by step.")
@click.argument("env")
@click.argument("camera", required=False)
@json_option
@group_data_option
def diagnose(env: str, camera: str | None, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Test cameras step by step. Exit code 1 if a step fails.

    If the agent publishes, the test only observes it. It checks against the settings:

    \b
    service    Whether the agent runs.
    capture    Size, format and frame rate of the camera's pictures.
    encode     Encoder and frame rate of the encoded video.
    publish    Frame rate of the video sent to the media host.

    If the agent does not publish, the test stops it, because only one program at a time can use a camera. Afterwards,
    the agent starts again if it ran before. In this case, the steps are:

    \b
    service    The agent runs, or why it does not.
    installed  The host has the parts of GStreamer that the camera needs.
    encode     An encoder works, tried without the camera.
    capture    The camera delivers pictures.
    publish    The media host accepts the video.

    Two more steps appear only if they fail. `deployed`: the agent is missing on the host, or its configuration differs
    from the settings. `start`: the test could not be started on the host, or ended too early.
    """
    file = inventory.named(env)
    console = Console(stderr=True, highlight=False)
    with console.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
    from envivo.orchestration.control import held
    from envivo.orchestration.target import places
    from envivo.roles.camera.desired import configurations
    from envivo.roles.camera.diagnose import (
        PUBLISH,
        ExpectedCamera,
        Step,
        steps,
    )  # slow to load: only once the inventory is right

    found: list[Finding] = []
    rows: list[dict[str, object]] = []

    def note(host: str, name: str, step: Step) -> None:
        finding = None if step.ok else step.finding(host, name)
        if finding and step.name == PUBLISH:
            finding = held.explained(finding, held.servers(hosts))
        if finding:
            found.append(finding)
        fix = finding.of(env).fix if finding else ""
        rows.append({"host": host, "camera": name, "step": step.name, "ok": step.ok, "what": step.what, "fix": fix})
        if not as_json:
            outcome = "[green]ok[/]    " if step.ok else "[red]failed[/]"
            console.print(f"{outcome}  {escape(f'{host}: {name}: {step.name}: {step.what}')}", soft_wrap=True)

    with remote_shells(read.hosts) as shells:
        hosts = places(read, shells)
        place = {name: target for target in hosts for name in target.cameras}
        for name in _chosen(env, camera, list(place)):
            target = place[name]
            wanted = ExpectedCamera(target.cameras[name], configurations(target.settings.agents, target.context)[name])
            with console.status(f"{target.name}: testing {name}"):
                for step in steps(target.shell, name, f"envivo deploy {env}", wanted):
                    note(target.name, name, step)
    if as_json:
        click.echo(json.dumps(report(env, read.described, found, steps=rows)))
    for finding in [] if as_json else found:
        click.echo(finding.of(env))
    sys.exit(1 if found else 0)


def _chosen(env: str, camera: str | None, known: list[str]) -> list[str]:
    if not known:
        raise EnvivoError(f"group_data/{env}.py", "has no cameras", "list one under cameras", exit_code=2)
    if camera:
        ensure_known(camera, f"{env} has no such camera", known)
    return [camera] if camera else known
