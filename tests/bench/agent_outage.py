"""What an agent does while its server is gone for minutes: memory, attempts, and how soon it publishes again."""

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import click
from agent_bench import agent, mediamtx, memory, running, status, workplace
from bench_report import as_json, main, report, table

NAME = "outage"
SETTLE_S = 60
"""Of an outage, half of one that is shorter: after half a dozen attempts the heap has its size again."""


@dataclass(frozen=True)
class Outage:
    """KiB resident while it published, settled in the outage, and at its end."""

    minutes: float
    rss_live: int
    rss_before: int
    rss_after: int
    attempts: int
    back_after_s: float
    state: str
    """In its last moment."""


def measure(minutes: float) -> Outage:
    """Raises EnvivoError."""
    with workplace() as directory, ExitStack() as stack:
        with mediamtx(directory) as server:
            process, log = stack.enter_context(agent(directory, NAME, server.rtsp))
            server.wait_for(NAME, log)
            time.sleep(5)
            live, *_ = memory(process.pid)
        gone = time.monotonic()
        time.sleep(min(SETTLE_S, 30 * minutes))
        before, *_ = memory(process.pid)
        time.sleep(max(0.0, gone + 60 * minutes - time.monotonic()))
        after, *_ = memory(process.pid)
        told = status(directory, NAME)
        # the same server: its ports are in the file
        again = [str(directory / "mediamtx"), str(directory / "mediamtx.yml")]
        stack.enter_context(running(again, directory / "mediamtx.log"))
        back = time.monotonic()
        server.wait_for(NAME, log)
        took = round(time.monotonic() - back, 1)
        return Outage(minutes, live, before, after, told["restarts"]["server"], took, told["state"])


@click.command()
@click.argument("minutes", default=10.0, type=click.FloatRange(0.1))
@as_json
def command(minutes: float, as_json: bool) -> None:
    """What an agent does while its server is gone: memory, attempts, and how soon it publishes again."""
    seen = measure(minutes)
    columns = ("RSS live, MiB", "once settled", "at the end", "attempts", "online again, s", "state")
    made = table(f"the server is gone for {minutes:g} minutes: 720p30, test picture", *columns)
    mib = [f"{kib / 1024:.1f}" for kib in (seen.rss_live, seen.rss_before, seen.rss_after)]
    made.add_row(*mib, str(seen.attempts), f"{seen.back_after_s:.1f}", seen.state)
    report(as_json, asdict(seen), made)


if __name__ == "__main__":
    main(command)
