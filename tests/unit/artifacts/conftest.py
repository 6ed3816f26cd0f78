"""Real servers on loopback: files over HTTP, and Debian's docker-registry, open or asking for tokens as Docker Hub."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from envivo.artifacts.cache import Cache
from tests.patience import patient
from tests.unit.ports import free_ports
from tests.unit.probes.server import listening, serving

from .parts import Files, Serve
from .registry_server import LocalRegistry, TokenIssuer


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a directory over HTTP, in the manner of that handler; its URL."""
    with ExitStack() as stack:
        yield lambda directory, manner=Files: stack.enter_context(listening(partial(manner, directory=str(directory))))


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


@contextmanager
def running(directory: Path, issuer: TokenIssuer | None) -> Iterator[LocalRegistry]:
    if shutil.which("docker-registry") is None:
        pytest.fail("these tests need docker-registry: apt-get install docker-registry")
    registry = LocalRegistry.configure(directory, issuer)
    with (directory / "registry.log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(registry.config)], stdout=log, stderr=log)
        try:
            registry.wait_until_ready(process)
            yield registry
        finally:
            process.terminate()
            process.wait(patient(10))


@pytest.fixture(scope="module")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    with running(tmp_path_factory.mktemp("registry"), None) as registry:
        yield registry


@pytest.fixture(scope="module")
def token_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    directory = tmp_path_factory.mktemp("token-registry")
    issuer = TokenIssuer.create(directory)
    with serving(issuer.answer) as url:
        issuer.realm = f"{url}/token"
        with running(directory, issuer) as registry:
            yield registry
