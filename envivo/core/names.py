"""Names that nothing has, and those that were probably meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from envivo.core.errors import EnvivoError


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The shortest of those that are most alike, if any is; in other letters, such as `MediaMTX`, is most alike.

    `alike`: how much, between 0 and 1.
    """
    folded = {name.casefold(): name for name in known}
    asked = word.casefold()
    near = get_close_matches(asked, folded, n=10, cutoff=alike)
    found = max(near, key=lambda name: (SequenceMatcher(None, name, asked).ratio(), -len(name)), default=None)
    return None if found is None else folded[found]


def did_you_mean(word: str, known: Iterable[str], alike: float = 0.6) -> str:
    """A fix; empty where nothing is alike."""
    near = nearest(word, known, alike)
    return f"did you mean {near}?" if near else ""


def unknown(name: str, what: str, known: Iterable[str], without: str = "", place: str = "") -> EnvivoError:
    """The error (exit code 2) for a name that is none of these. `without`: the fix where there are none; `place`: where
    the name was given."""
    listed = list(dict.fromkeys(known))
    meant = did_you_mean(name, listed)
    rest = f"choose one of {', '.join(listed)}" if listed else without
    fix = f"{meant} Or {rest}" if meant and len(listed) > 1 else meant or rest
    return EnvivoError(place or name, what, fix, exit_code=2)


def ensure_known(name: str, what: str, known: Iterable[str], without: str = "") -> None:
    """Raises EnvivoError (exit code 2) for a name that is none of these."""
    listed = list(known)
    if name not in listed:
        raise unknown(name, what, listed, without)
