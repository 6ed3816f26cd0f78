from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.ssh.server import Server, sshd


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with sshd(tmp_path) as server:
        yield server
