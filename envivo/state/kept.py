"""Comparison of a host's files with its current release. Pure."""

from collections.abc import Iterable, Mapping

from envivo.state import file_states
from envivo.state.file_states import FileState
from envivo.state.release import CURRENT, KeptFile, Release, parse


def question() -> str:
    """A command that prints release.json on one line, empty where there is no release, and states of its files."""
    states = file_states.command('"$@"')
    return (
        f"{{ cat {CURRENT}/release.json 2>/dev/null | tr -d '\\n'; echo; }}; "
        f"(IFS=$(printf '\\n_'); IFS=${{IFS%_}}; set -f; set -- $(cat {CURRENT}/paths 2>/dev/null); "
        f"[ $# = 0 ] || {{ {states}; }})"
    )


def answer(lines: Iterable[str]) -> tuple[Release | None, dict[str, FileState]]:
    """Of what `question` prints. Raises ValueError."""
    first, *rest = lines
    states = file_states.parse(line for line in rest if line)
    return parse(first, False) if first.strip() else None, states


def is_kept(file: KeptFile, state: FileState | None) -> bool:
    """Whether the host has the file as it was brought."""
    if state is None or state.link or state.listed:
        return False
    return file[1:] == (state.sha256, state.mode, state.owner, state.group)


def drifted(release: Release, states: Mapping[str, FileState]) -> list[str]:
    """Files that the host has not as they were brought."""
    return [file.path for file in release.files if not is_kept(file, states.get(file.path))]
