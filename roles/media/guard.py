"""The unit that restarts containers that do not run: pure functions from names to files."""

from collections.abc import Sequence

from envivo.core.paths import COMPOSE_PROJECT, OPT, RUN, STACK_LOCK
from envivo.render import render
from envivo.state import stopped
from envivo.state.containers import labelled, own
from envivo.state.desired import File, Unit

NAME = "envivo-stack"
UNIT = f"{NAME}.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
SCRIPT = f"{OPT}/stack/{NAME}"


def files(compose_file: str, services: Sequence[str]) -> list[File]:
    script = render(
        "media/envivo-stack.sh.j2",
        compose_file=compose_file,
        services=services,
        lock=STACK_LOCK,
        stopped=stopped.DIRECTORY,
        own=own(COMPOSE_PROJECT),
        labelled=labelled(COMPOSE_PROJECT),
    )
    unit = render("media/envivo-stack.service.j2", script=SCRIPT, runtime_directory=RUN.removeprefix("/run/"))
    return [File(SCRIPT, script.encode(), mode="755"), File(UNIT_FILE, unit.encode())]


def unit() -> Unit:
    return Unit(UNIT, reads=(SCRIPT, UNIT_FILE))
