"""Files for a host before it runs: what the Engine takes is a tar."""

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class LabFile:
    """`path` without the leading slash; root's."""

    path: str
    content: bytes
    mode: int = 0o644


def packed(files: Iterable[LabFile]) -> bytes:
    """A tar to be unpacked in the host's root."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file in files:
            entry = tarfile.TarInfo(file.path)
            entry.size, entry.mode = len(file.content), file.mode
            tar.addfile(entry, io.BytesIO(file.content))
    return archive.getvalue()
