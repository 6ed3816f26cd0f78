"""Acting on the programs of all hosts: stage by stage, the hosts of one at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from envivo.core.errors import EnvivoError
from envivo.operations import lease
from envivo.orchestration.control.order import Stage, Verb
from envivo.orchestration.control.script import ACTS_WITHIN_S, WITHIN_S, Outcome, parse, script
from envivo.orchestration.holding import run_beside
from envivo.orchestration.target import Place
from envivo.state import stopped
from envivo.state.program import Program
from envivo.verify.findings import Finding

NOT_LIVE = "not-live"
"""Code of the finding about a program that runs and does not do its work."""


class Result(NamedTuple):
    host: str
    outcome: Outcome


def already(host: str, program: Program) -> Result:
    """Of a program that is as asked without anything being done."""
    return Result(host, Outcome(program, "already"))


Answer = list[Outcome] | EnvivoError


def act(
    places: Sequence[Place], stages: Sequence[Stage], verb: Verb, tell: Callable[[str], None] = lambda words: None
) -> tuple[list[Result], list[Finding]]:
    """Results in the order in which they were reached, and why hosts were not: such a host is left out from then on,
    while the others go on."""
    by, hosts = lease.ours().owner, {place.name: place for place in places}
    results: list[Result] = []
    lost: list[Finding] = []
    for stage in stages:
        there = {host: programs for host, programs in stage.items() if host not in {finding.host for finding in lost}}
        tell(", ".join(f"{program.name} on {host}" for host, programs in there.items() for program in programs))
        with ThreadPoolExecutor(len(stage)) as pool:
            asked = {host: pool.submit(_on, verb, by, hosts[host], programs) for host, programs in there.items()}
        for host, future in asked.items():
            answer = future.result()
            if isinstance(answer, EnvivoError):
                lost.append(Finding(host, "not-reached", answer.what, answer.fix))
            else:
                results += [Result(host, outcome) for outcome in answer]
    return results, lost


def _on(verb: Verb, by: str, place: Place, programs: Sequence[Program]) -> Answer:
    try:
        lines = run_beside(place.name, place.shell, partial(script, verb, programs, by), ACTS_WITHIN_S + WITHIN_S)
        return parse(programs, lines)
    except EnvivoError as error:
        return error


def findings(results: Sequence[Result], verb: Verb, named: bool) -> Iterator[Finding]:
    """What is not as asked. `named`: whether a person has named the program."""
    for host, (program, word, text) in results:
        why = f" ({text})" if text else ""
        logs = f"see why: envivo logs ENV {program.name}"
        if word == "failed":
            yield Finding(host, "not-as-asked", f"{program.name} was not {verb.done}{why}", logs)
        elif word == "silent":
            what = f"{program.name} was {verb.done}, but does not work after {WITHIN_S} s{why}"
            yield Finding(host, NOT_LIVE, what, logs)
        elif word == "left" and named:
            what = f"{program.name} is {left(program, text).words}, so it was not {verb.done}"
            yield Finding(host, "stopped", what, left(program, text)._replace(program=program.name).to_start)


def left(program: Program, text: str) -> stopped.Stopped:
    """By whom a program was stopped that was left as it is."""
    return stopped.parse([f"{program.key} {text}"])[program.key]
