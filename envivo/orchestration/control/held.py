"""What keeps programs from being started: servers that a person has stopped, and hosts to which nothing is deployed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from envivo.core.errors import EnvivoError
from envivo.orchestration.absent import absent
from envivo.orchestration.control.order import Stage
from envivo.orchestration.named import programs_of
from envivo.orchestration.target import Place
from envivo.state import stopped
from envivo.state.stopped import Stopped
from envivo.verify.findings import Finding


def servers(places: Iterable[Place]) -> list[Stopped]:
    """Those without which other programs do nothing; none of hosts that do not answer."""
    found = []
    for place in places:
        served = {program.key for program in programs_of(place) if program.silences}
        if served:
            found += [by for key, by in _on(place).items() if key in served]
    return found


def _on(place: Place) -> dict[str, Stopped]:
    try:
        return stopped.parse(place.shell.run(stopped.question()).out.splitlines())
    except EnvivoError:
        return {}


def explained(finding: Finding, by: Sequence[Stopped]) -> Finding:
    """The finding, which names the stopped server and the command that starts it."""
    if not by:
        return finding
    server = by[0]
    return replace(finding, message=f"{server.program} is {server.words}: {finding.message}", fix=server.to_start)


def without_absent(places: Iterable[Place], stages: Sequence[Stage]) -> tuple[list[Finding], list[Stage]]:
    """Findings about hosts to which nothing is deployed, and stages without these. Hosts that do not answer stay."""
    asked = {place.name: place.shell for place in places if any(place.name in stage for stage in stages)}
    found = absent(asked)
    away = {finding.host for finding in found}
    left = [{host: programs for host, programs in stage.items() if host not in away} for stage in stages]
    return found, [stage for stage in left if stage]
