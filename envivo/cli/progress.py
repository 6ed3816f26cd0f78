"""How far a command is that moves many bytes, for people."""

import time
from collections.abc import Callable

from rich.markup import escape
from rich.status import Status

from envivo.core.sizes import size

_TELL_EVERY_S = 0.1


def teller(status: Status, width: int) -> Callable[[str, int], None]:
    """Shows words and bytes, not each time that it is called; words without bytes always."""
    said_at = 0.0

    def tell(words: str, total: int) -> None:
        nonlocal said_at
        if not total or time.monotonic() - said_at > _TELL_EVERY_S:
            said_at = time.monotonic()
            status.update(escape((f"{words}: {size(total)}" if total else words)[: width - 4]))

    return tell
