"""`python -m tests.suites check|test|prove`: see the Makefile."""

import sys
import time
from pathlib import Path

import click

from tests.suites import change, machine, runner, summary
from tests.suites.alone import alone
from tests.suites.catalogue import PROOFS, SUITES, Suite
from tests.suites.selection import Selection, holds, select, suites_of

GATE_MINUTES = 25
"""What a gate with the proofs of a change may take on two cores."""
GATE_ALONE_MINUTES = 15
"""What the gate takes without them."""


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Run the tests."""
    context.with_resource(alone(runner.RESULTS_FOLDER))


@cli.command()
def check() -> None:
    """Lint, unit and plan tests: needs no lab host."""
    run, began = _begin()
    _check(run)
    _end(run, began)


@cli.command()
def test() -> None:
    """The gate: `check`, then the lab, with the proofs of what has changed since they all held."""
    run, began = _begin()
    selection = select(change.files(), GATE_MINUTES - GATE_ALONE_MINUTES)
    if _check(run):
        _lab(run, suites_of(selection.added), ",".join(proof.path for proof in selection.added) or "none")
    _end(run, began, selection)


@cli.command()
@click.option("--suite", type=click.Choice([suite.name for suite in SUITES]), help="only this one, with its proofs")
def prove(suite: str | None) -> None:
    """Everything. If it holds, the commit is recorded as proved."""
    run, began = _begin()
    if suite:
        _lab(run, [s for s in SUITES if s.name == suite], "all")
    elif _check(run):
        _lab(run, SUITES, "all", behind=2)  # more of it waits for hosts and programs than in the gate
    ok = _verdict(run)
    if ok and not suite:
        click.echo(change.record())
    _end(run, began)


def _begin() -> tuple[runner.Run, float]:
    runner.fresh_results()
    return runner.Run(), time.monotonic()


def _check(run: runner.Run) -> bool:
    return run.at_once(runner.lint(), runner.tables()) and run.one(runner.unit())


def _lab(run: runner.Run, suites: tuple[Suite, ...] | list[Suite], proofs: str, behind: int = 1) -> None:
    with machine.prepared({name for suite in suites for name in suite.topologies}):
        run.in_lanes(suites, proofs, behind)


def _verdict(run: runner.Run) -> bool:
    rows = summary.read(runner.RESULTS_FOLDER)
    return not run.red and len(summary.reruns(rows)) <= summary.MAX_RERUNS


def _end(run: runner.Run, began: float, selection: Selection | None = None) -> None:
    """Print what was seen, and exit: 0 where everything held."""
    rows = summary.read(runner.RESULTS_FOLDER)
    took = {ended.step.name: ended.seconds for ended in run.ended}
    durations = summary.slowest(rows, 10_000)
    text = "".join(f"{seconds:.2f}\t{test}\n" for seconds, test in durations)
    Path(runner.RESULTS_FOLDER, "durations.tsv").write_text(text)
    lines = ["", *summary.table(rows, took), "", "slowest:"]
    lines += [f"  {seconds:6.1f} s  {test}" for seconds, test in durations[:10]]
    again = summary.reruns(rows)
    if again:
        lines += [
            f"{len(again)} tests were run again, at most {summary.MAX_RERUNS} may be:",
            *(f"  {a}" for a in again),
        ]
    if selection:
        lines += [f"{word}: {', '.join(p.path for p in proofs) or 'none'}" for word, proofs in (
            ("proofs added for what has changed", selection.added),
            ("proofs left out for want of time, run `make prove`", selection.left_out),
        )]  # fmt: skip
    failed = [ended.step.name for ended in run.ended if ended.code]
    if failed:
        lines.append(f"failed: {', '.join(failed)}")
        told = (*summary.failures(rows), *summary.not_run(runner.RESULTS_FOLDER))
        lines += [f"  {line}" for line in told]
    lines.append(f"logs, durations, screenshots and what lab hosts said: {runner.RESULTS_FOLDER.name}/")
    lines.append(f"took {runner.minutes(time.monotonic() - began)}")
    c = summary.counted(rows)
    broken_off = [step for step in failed if not summary.counted(r for r in rows if r.suite == step).failed]
    lines.append(f"{c.passed} passed, {c.failed + len(broken_off)} failed, {c.skipped} skipped")
    click.echo("\n".join(lines))
    sys.exit(0 if _verdict(run) else 1)


if __name__ == "__main__":
    assert all(any(holds(suite, proof.path) for suite in SUITES) for proof in PROOFS)
    cli()
