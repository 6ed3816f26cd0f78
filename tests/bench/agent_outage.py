"""What an agent does while its server is gone for minutes: memory, attempts, and how soon it publishes again.

    .venv/bin/python tests/bench/agent_outage.py 10

Words and figures: docs/benchmarks.md.
"""

import json
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from agent_bench import (
    AGENT,
    NO_AUDIO,
    TEST_PICTURE,
    agent_environ,
    configuration,
    mediamtx,
    running,
    status,
    workplace,
)
from bench_report import circumstances, main, print_all, table

from envivo.errors import EnvivoError
from envivo.waiting import until

NAME = "outage"
SETTLE_S = 60
"""Of the outage: half a dozen attempts, after which the heap has its size again."""
BACK_WITHIN_S = 60


@dataclass(frozen=True)
class Outage:
    """KiB resident while it published, after SETTLE_S of the outage, and at its end."""

    minutes: float
    rss_live: int
    rss_before: int
    rss_after: int
    attempts: int
    back_after_s: float
    state: str
    """In its last moment."""


def resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))


def measure(minutes: float) -> Outage:
    """Raises EnvivoError."""
    with workplace() as directory, ExitStack() as stack:
        log = directory / "agent.log"
        with mediamtx(directory) as server:
            file = configuration(directory, NAME, server.rtsp, TEST_PICTURE, NO_AUDIO)
            agent = stack.enter_context(running([*AGENT, str(file)], log, agent_environ(directory)))
            server.wait_for(NAME, log)
            time.sleep(5)
            live = resident(agent.pid)
        gone = time.monotonic()
        time.sleep(SETTLE_S)
        before = resident(agent.pid)
        time.sleep(max(0.0, gone + 60 * minutes - time.monotonic()))
        after, told = resident(agent.pid), status(directory, NAME)
        # the same server: its ports are in the file
        again = [str(directory / "mediamtx"), str(directory / "mediamtx.yml")]
        stack.enter_context(running(again, directory / "mediamtx.log"))
        back = time.monotonic()
        if not until(bool, lambda: server.online(NAME), BACK_WITHIN_S):
            raise EnvivoError(NAME, f"was not back within {BACK_WITHIN_S} s", f"it says\n{log.read_text()}")
        took = round(time.monotonic() - back, 1)
        return Outage(minutes, live, before, after, told["restarts"]["server"], took, told["state"])


@click.command()
@click.argument("minutes", default=10.0, type=click.FloatRange(1.5))
@click.option("--json", "as_json", is_flag=True, help="for machines")
def command(minutes: float, as_json: bool) -> None:
    """What an agent does while its server is gone: memory, attempts, and how soon it publishes again."""
    seen = measure(minutes)
    if as_json:
        print(json.dumps({**circumstances(), **asdict(seen)}))
        return
    columns = ("RSS live, MiB", f"after {SETTLE_S} s", "at the end", "attempts", "online again, s", "state")
    made = table(f"the server is gone for {minutes:g} minutes: 720p30, test picture", *columns)
    mib = [f"{kib / 1024:.1f}" for kib in (seen.rss_live, seen.rss_before, seen.rss_after)]
    made.add_row(*mib, str(seen.attempts), f"{seen.back_after_s:.1f}", seen.state)
    print_all(made)


if __name__ == "__main__":
    main(command)
