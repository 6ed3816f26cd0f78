"""What a wrong password costs Caddy, by the name that it is given with; a real one on loopback, as hosts get it."""

import re
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import click
import requests
from agent_bench import free_ports, workplace
from bench_report import as_json, main, report, table
from image_program import image_program
from loopback_caddy import Caddy, loopback_caddy
from rich.table import Table

from envivo.orchestration.environment import Environment, environment

PASSWORD = secrets.token_urlsafe(32)
PASSWORDS = {"generated": PASSWORD, "chosen": "blue-kettle-7"}
"""Of the viewer."""
USER = "viewer"
TARGET = "/recordings/webcam/"
UNKNOWN = "unknown name"
ALONE = "unknown name, Caddy by itself"
KINDS = ("no password", "right password", "known name, wrong password", UNKNOWN, "unknown name of 9000 letters")
FEW = 3
"""Requests at most where each costs more than a second."""


@dataclass(frozen=True)
class Cost:
    requests: int
    per_s: float
    """One after the other, over one connection."""
    cpu_ms: float
    """Of Caddy, for each."""


def settings(password: str) -> Environment:
    page, health, webrtc, hls, api = free_ports(5)
    viewer = {"user": USER, "password": password}
    return environment(
        web={"port": page, "health_port": health},
        mediamtx={
            "monitor": {"user": "monitor", "password": PASSWORD},
            "webrtc": {"port": webrtc},
            "hls": {"port": hls},
            "api_port": api,
            "paths": {"webcam": {"publisher": {"user": "webcam", "password": PASSWORD}, "viewers": [viewer]}},
        },
    ).read()


def authorization(kind: str, password: str) -> dict[str, str]:
    """Passwords and unknown names differ each time, since Caddy keeps what it has compared."""
    once = secrets.token_urlsafe(8)
    if kind == KINDS[0]:
        return {}
    given = {
        "right password": f"{USER}:{password}",
        "known name, wrong password": f"{USER}:{once}",
        KINDS[-1]: f"{once * 820}:{once}",
    }.get(kind, f"{once}:{once}")
    return {"Authorization": f"Basic {b64encode(given.encode()).decode()}"}


def cost(caddy: Caddy, kind: str, count: int, password: str) -> Cost:
    expected = 200 if kind == "right password" else 401
    with requests.Session() as session:
        session.get(caddy.origin + "/time", timeout=60)
        cpu, begin = caddy.cpu_s(), time.perf_counter()
        for _ in range(count):
            status = session.get(caddy.origin + TARGET, headers=authorization(kind, password), timeout=60).status_code
            assert status == expected, f"{kind}: {status}"
        seconds, used = time.perf_counter() - begin, caddy.cpu_s() - cpu
    return Cost(count, count / seconds, used / count * 1000)


def measure(count: int, password: str) -> Mapping[str, Cost]:
    with workplace() as directory:
        program = image_program("caddy", directory)
        with loopback_caddy(settings(password), directory / "ours", program) as caddy:
            (caddy.root / "recordings" / "webcam").mkdir()
            costs = {kind: cost(caddy, kind, count, password) for kind in KINDS}
        without = re.compile(r"request_header @\w+_stranger .*")
        its = settings(password)
        with loopback_caddy(its, directory / "alone", program, lambda text: without.sub("", text)) as caddy:
            return {**costs, ALONE: cost(caddy, UNKNOWN, min(count, FEW), password)}


def result(how: str, costs: Mapping[str, Cost]) -> Table:
    title = f"A request for recordings at Caddy, where the viewer's password is {how}"
    made = table(title, "with", "requests", "per second", "CPU ms each")
    for kind, one in costs.items():
        made.add_row(kind, str(one.requests), f"{one.per_s:.1f}", f"{one.cpu_ms:.2f}")
    return made


@click.command()
@click.option("--requests", "count", default=500, type=click.IntRange(1, 5000), help="of each kind")
@as_json
def command(count: int, as_json: bool) -> None:
    """What a wrong password costs Caddy, by the name that it is given with."""
    costs = {how: measure(count, password) for how, password in PASSWORDS.items()}
    figures = {how: {kind: asdict(one) for kind, one in of.items()} for how, of in costs.items()}
    report(as_json, {"costs": figures}, *(result(how, of) for how, of in costs.items()))


if __name__ == "__main__":
    main(command)
