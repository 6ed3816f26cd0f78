"""Several questions to a host in one command: a round trip for all of them. Pure."""

from collections.abc import Sequence


def together(commands: Sequence[str], mark: str) -> str:
    """A command that runs these at once, and prints what each has printed after a line of `mark` and its number.

    /run is memory: a host whose disk is full answers, too.
    """
    begin = "d=$(mktemp -d -p /run 2>/dev/null || mktemp -d) || exit; trap 'rm -rf \"$d\"' EXIT"
    # a subshell each, so that `exit` and `set --` in one do not touch the others
    runs = [f'(\n{command}\n) >"$d/{number}" 2>/dev/null </dev/null &' for number, command in enumerate(commands)]
    shows = [f'printf "\\n{mark} {number}\\n"; cat "$d/{number}"' for number in range(len(commands))]
    return "\n".join([begin, *runs, "wait", *shows, "true"])


def answers(output: str, mark: str, number: int) -> list[str]:
    """What each of so many commands has printed; empty for one that is missing."""
    found = [""] * number
    for part in output.split(f"\n{mark} ")[1:]:
        which, _, text = part.partition("\n")
        if which.isdecimal() and int(which) < number:
            found[int(which)] = text
    return found
