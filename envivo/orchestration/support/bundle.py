"""Support bundle: one archive, whose every file has gone through the redaction before it is written."""

import io
import os
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from envivo.orchestration.support.collecting import Part
from envivo.orchestration.support.redaction import Redaction


class Bundle:
    """`written`: name -> bytes."""

    def __init__(self, archive: tarfile.TarFile, folder: str, redaction: Redaction) -> None:
        self._archive, self._folder, self._redaction = archive, folder, redaction
        self.written: dict[str, int] = {}

    def add(self, part: Part) -> None:
        name, data = self._redaction.of(part.name), self._redaction.of(part.text).encode()
        about = tarfile.TarInfo(f"{self._folder}/{name}")
        about.size, about.mode, about.mtime = len(data), 0o600, int(time.time())
        self._archive.addfile(about, io.BytesIO(data))
        self.written[name] = len(data)


@contextmanager
def bundle(file: Path, redaction: Redaction) -> Iterator[Bundle]:
    """A new file that nobody else may read; it has its name once it is whole."""
    unfinished = file.with_name(f".{file.name}.new")
    folder = file.name.split(".tar")[0]
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w:gz") as archive:
            yield Bundle(archive, folder, redaction)
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def write(file: Path, redaction: Redaction, parts: Iterable[Part]) -> dict[str, int]:
    """Name in the bundle -> bytes."""
    with bundle(file, redaction) as made:
        for part in parts:
            made.add(part)
        return made.written
