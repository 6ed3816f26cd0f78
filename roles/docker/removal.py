"""What a removal leaves of Docker: the key in its configuration, which is purged where a deploy has added it."""

from envivo.render import render
from envivo.state.live_restore import ADDED, CONFIG, KEY, UNIT
from envivo.state.remains import Remains


def added(mark: str = ADDED) -> Remains:
    """`mark`: file on the host that names the file to which a deploy has added the key."""
    return Remains(
        KEY,
        look=f'[ ! -e {mark} ] || {{ file=$(cat {mark}); {_has("$file")} && echo "{KEY} in $file"; true; }}',
        purge=render("operations/no-live-restore.sh.j2", mark=mark, key=KEY, unit=UNIT).rstrip("\n"),
        paths=(mark,),
    )


def unknown(mark: str = ADDED) -> Remains:
    """The key where no deploy has noted that it added it."""
    said = f"{KEY} in {CONFIG}, which may have been there before"
    return Remains(f"{KEY} of unknown origin", look=f'[ -e {mark} ] || {{ {_has(CONFIG)} && echo "{said}"; true; }}')


def _has(file: str) -> str:
    return f'grep -qs \'"{KEY}": *true\' "{file}"'
