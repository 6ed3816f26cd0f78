"""The rows of one path, from templates/clients/: `# program`, the line that it is given, and notes as `- note`.

A command goes on in the next line after ` \\`, as in a shell.
"""

import re
from collections.abc import Iterator
from shlex import quote

from envivo.clients import (
    AUTHORITIES,
    FFMPEG_INPUT,
    GENERIC_ERROR,
    GSTREAMER_CAMERA,
    GSTREAMER_MICROPHONE,
    OBS_X264,
    UNVERIFIED,
    Action,
    ProgramRow,
)
from envivo.clients.endpoints import PathEndpoints
from envivo.render import render

CAMERA = "its camera"
"""The row of an agent, which holds the path."""


def rows(path: PathEndpoints) -> Iterator[ProgramRow]:
    """For viewers first: they are more."""
    frame = render("clients/frame.html.j2", page=f"{path.web}/web/player.html?path={path.name}").rstrip()
    yield from _of(path, "watch", frame=frame)
    yield from _of(path, "publish")


def _of(path: PathEndpoints, action: Action, **more: str) -> Iterator[ProgramRow]:
    text = render(
        f"clients/{action}.txt.j2", path=path, quote=quote, authorities=AUTHORITIES, unverified=UNVERIFIED,
        generic_error=GENERIC_ERROR, ffmpeg_input=FFMPEG_INPUT, gstreamer_camera=GSTREAMER_CAMERA,
        gstreamer_microphone=GSTREAMER_MICROPHONE, obs_x264=OBS_X264, **more,
    )  # fmt: skip
    for block in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        program, *lines = re.sub(r" \\\n +", " ", block).splitlines()
        notes = tuple(line[2:] for line in lines if line.startswith("- "))
        held = (f"refused while {path.agent} publishes",) if path.agent and action == "publish" else ()
        command = "\n".join(lines[: len(lines) - len(notes)])
        yield ProgramRow(path.name, action, program, command, notes if program == CAMERA else held + notes)
