"""Resolver overrides and trust for checks, on a machine whose DNS and trusted authorities may not know the
environment yet."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_BUNDLE = "REQUESTS_CA_BUNDLE"


@contextmanager
def resolve_overrides(names: Mapping[str, str], root: str) -> Iterator[Path | None]:
    """Within this context and for this process, `names` resolve to the addresses that they should have, as with curl's
    --resolve (a check of its own asks the DNS), and the authority `root` (PEM; empty: none) is trusted beside the
    public ones.

    Yields the file of `root`.
    """
    with TemporaryDirectory(prefix="envivo-") as directory:
        file = _trust(root, Path(directory)) if root else None
        before, real = os.environ.get(_BUNDLE), socket.getaddrinfo

        def answer(host: Any, *rest: Any, **more: Any) -> Any:
            return real(names.get(host, host), *rest, **more)

        socket.getaddrinfo = answer
        if file:
            os.environ[_BUNDLE] = str(file.with_name("bundle.pem"))
        try:
            yield file
        finally:
            socket.getaddrinfo = real
            os.environ.pop(_BUNDLE, None)
            if before is not None:
                os.environ[_BUNDLE] = before


def _trust(root: str, directory: Path) -> Path:
    import certifi

    file = directory / "root.pem"
    file.write_text(root)
    file.with_name("bundle.pem").write_text(Path(certifi.where()).read_text() + root)
    return file
