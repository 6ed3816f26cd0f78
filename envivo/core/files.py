"""Files on the controller that nobody else may read."""

import os
from pathlib import Path


def replace(file: Path, text: str) -> None:
    """Written beside it with mode 0600, then renamed: readers see the old or the new one, whole."""
    new = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    new.replace(file)
