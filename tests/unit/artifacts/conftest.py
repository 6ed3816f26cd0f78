"""Real servers on loopback: files over HTTP, and Debian's docker-registry, open or asking for tokens as Docker Hub."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from envivo.artifacts.cache import Cache
from tests.unit.ports import free_ports

from .registry_server import LocalRegistry, TokenIssuer

Handler = Callable[..., BaseHTTPRequestHandler]


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class _Truncated(_Files):
    """Promises the whole file and hangs up after half of it."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        content = source.read()
        outputfile.write(content[: len(content) // 2])


class _Labelled(_Files):
    """Says of a .gz file that gzip is its transport encoding, as some web servers do."""

    def end_headers(self) -> None:
        self.send_header("Content-Encoding", "gzip")
        super().end_headers()


@contextmanager
def listening(handler: Handler) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(cleanup: ExitStack) -> Callable[[Path], str]:
    """Serve a directory over HTTP; its URL."""
    return lambda directory: cleanup.enter_context(listening(partial(_Files, directory=str(directory))))


@pytest.fixture
def serve_half(cleanup: ExitStack) -> Callable[[Path], str]:
    """Serve a directory over HTTP by a server that breaks off every file half way; its URL."""
    return lambda directory: cleanup.enter_context(listening(partial(_Truncated, directory=str(directory))))


@pytest.fixture
def serve_labelled(cleanup: ExitStack) -> Callable[[Path], str]:
    """Serve a directory of .gz files over HTTP by a server that calls gzip their encoding; its URL."""
    return lambda directory: cleanup.enter_context(listening(partial(_Labelled, directory=str(directory))))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    root = tmp_path / "cache"
    root.mkdir()
    return Cache(root)


@pytest.fixture
def unused_url() -> str:
    """An address where nothing listens."""
    (port,) = free_ports(1)
    return f"http://127.0.0.1:{port}"


def needs(program: str, package: str) -> None:
    if shutil.which(program) is None:
        pytest.fail(f"these tests need {program}: apt-get install {package}")


@contextmanager
def running(directory: Path, issuer: TokenIssuer | None) -> Iterator[LocalRegistry]:
    needs("docker-registry", "docker-registry")
    registry = LocalRegistry.configure(directory, issuer)
    with (directory / "registry.log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(registry.config)], stdout=log, stderr=log)
        try:
            registry.wait_until_ready(process)
            yield registry
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    with running(tmp_path_factory.mktemp("registry"), None) as registry:
        yield registry


@pytest.fixture(scope="module")
def token_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    directory = tmp_path_factory.mktemp("token-registry")
    issuer = TokenIssuer.create(directory)
    with listening(issuer.handler()) as url:
        issuer.realm = f"{url}/token"
        with running(directory, issuer) as registry:
            yield registry
