"""`envivo start`, `stop` and `restart`: what they have in common."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from envivo import inventory
from envivo.cli.changing import ensure_agreed
from envivo.cli.following import deploy_first
from envivo.remote import remote_shells
from envivo.verify.findings import report

if TYPE_CHECKING:
    from envivo.orchestration.control.acting import Result
    from envivo.orchestration.control.order import Verb

env_argument = click.argument("env")
name_argument = click.argument("name", required=False)


def control(word: str, env: str, name: str, yes: bool, as_json: bool, group_data: tuple[Path, ...]) -> None:
    """Ends the process."""
    file = inventory.named(env)
    progress = Console(stderr=True, highlight=False)
    with progress.status(f"reading {env}"):
        from envivo.orchestration import validation  # slow to load

        read = validation.read(file, group_data)
        from envivo.orchestration.control import acting, held, order, states, whom
        from envivo.orchestration.named import spelt
        from envivo.orchestration.target import places
        from envivo.orchestration.watching import sessions
    verb = order.Verb(word)
    with remote_shells(read.hosts) as shells:
        hosts = places(read, shells)
        name = spelt(hosts, name)
        gone, stages = held.without_absent(hosts, order.stages(hosts, verb, name))
        with progress.status(f"looking at {env}"):
            idle = states.unaffected(hosts, stages, verb)
        chosen = [(host, program) for stage in stages for host, listed in stage.items() for program in listed]
        programs = [program for host, program in chosen if (host, program.key) not in idle]
        costs, watching = whom.interrupted(verb, programs), []
        if costs:
            with progress.status(f"asking who watches {env}"):
                now = sessions(hosts)
            watching = whom.watching(verb, programs, now or ())
            interrupts = whom.words(costs)
            if yes:
                seen = "it is not known who watches" if now is None else whom.number(watching)
                progress.print(f"{env}: {word} interrupts {interrupts}; {seen}", markup=False, soft_wrap=True)
            else:
                ensure_agreed(f"{word} {name or env}", None if now is None else watching, interrupts)
        if programs or verb is order.Verb.RESTART:
            with progress.status(f"{env}: {word}") as status:
                results, lost = acting.act(hosts, stages, verb, lambda words: status.update(f"{env}: {word} {words}"))
        else:
            results, lost = [acting.already(host, program) for host, program in chosen], []
        named = bool(name) and name not in {host.name for host in hosts}
        found = list(acting.findings(results, verb, named))
        dead = any(finding.code == acting.NOT_LIVE for finding in found)
        servers = held.servers(hosts) if dead else []
    explained = [held.explained(item, servers) if item.code == acting.NOT_LIVE else item for item in found]
    findings = [*gone, *lost, *explained]
    deploy_first(findings)
    if as_json:
        own = {"programs": [_row(result, verb) for result in results], "interrupted_viewers": len(watching)}
        own["interrupts"] = [{"who": cost.who.value, "of": cost.of} for cost in costs]
        click.echo(json.dumps(report(env, read.described, findings, **own)))
    else:
        for line in _lines(env, name, results, verb):
            click.echo(line)
        for finding in findings:
            click.secho(f"  {finding.of(env)}", fg="red")
    sys.exit(1 if findings else 0)


def _row(result: "Result", verb: "Verb") -> dict[str, object]:
    host, (program, word, text) = result
    known = {"done": verb.done, "already": verb.done, "left": "stopped", "silent": "not live", "failed": "failed"}
    row = {"host": host, "program": program.name, "state": known[word], "says": text}
    return {**row, "already": word == "already"}


def _lines(env: str, name: str, results: "Sequence[Result]", verb: "Verb") -> list[str]:
    from envivo.orchestration.control.acting import left

    width = max((len(result.outcome.program.name) for result in results), default=0)
    lines = []
    for host, (program, word, text) in results:
        already = "stopped already" if verb.value == "stop" else "runs already"
        said = {"done": verb.done, "already": already, "silent": "runs, but is not live"}
        what = said.get(word, f"not {verb.done}")
        if word == "left":
            what += f": it stays {left(program, text).words}, until envivo start {env} {program.name}"
        lines.append(f"{host} {program.name:{width}}  {what}")
    if verb.value == "stop" and any(result.outcome.word in ("done", "already") for result in results):
        again = " ".join(part for part in ("envivo start", env, name) if part)
        lines.append(f"It stays stopped, over reboots and deploys. To start it: {again}")
    return lines
