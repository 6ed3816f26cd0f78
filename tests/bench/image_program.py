"""The programs of the images that hosts get, to be run on loopback."""

import platform
import tarfile
from pathlib import Path, PurePosixPath

from envivo.artifacts import ARCHITECTURES, CACHE
from envivo.artifacts.cache import Cache
from envivo.artifacts.lock import architecture, load
from envivo.core.errors import EnvivoError


def image_program(name: str, directory: Path) -> Path:
    """`mediamtx` or `caddy`, out of the only layer of its image. Raises EnvivoError."""
    arch = architecture(ARCHITECTURES.get(platform.machine(), platform.machine()))
    cache = Cache(CACHE)
    item = next(item for item in load().items(arch) if item.name == name)
    if not cache.receipt(item):
        raise EnvivoError(item.label, "is not in the cache", "run `envivo artifacts fetch`")
    program = directory / name
    with tarfile.open(cache.path(item) / item.files[0]) as image:
        (layer,) = (member for member in image if member.name.endswith(".tar"))
        with tarfile.open(fileobj=image.extractfile(layer)) as files:
            (member,) = (one for one in files if one.isfile() and PurePosixPath(one.name).name == name)
            # not by extract: its filter came with Python 3.11.4, and Debian 12 has 3.11.2
            content = files.extractfile(member)
            assert content is not None
            program.write_bytes(content.read())
    program.chmod(0o755)
    return program
