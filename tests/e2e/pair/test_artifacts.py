"""The cached archives in a real Engine: they load, under the ids that were promised, and hold the pinned programs."""

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from envivo.artifacts import Artifacts, ensure
from envivo.artifacts.image_archive import pack_layers
from envivo.artifacts.lock import ImageArtifact, Item, load
from tests.patience import patient

pytestmark = pytest.mark.proof

UNPRIVILEGED = ["--network=none", "--user=10001:10001", "--read-only", "--security-opt=no-new-privileges"]


def docker(*arguments: str, check: bool = True) -> str:
    return subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=check, timeout=patient(60)
    ).stdout.strip()


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """A local Engine that answers (the lab's, when none does); what was not loaded before is gone afterwards."""
    if subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=patient(60)).returncode != 0:
        request.getfixturevalue("bare_pair")
    before = set(docker("images", "--format={{.Repository}}:{{.Tag}}", "envivo/*").split())
    yield
    after = set(docker("images", "--format={{.Repository}}:{{.Tag}}", "envivo/*").split())
    for reference in after - before:
        docker("rmi", reference)


@pytest.fixture(scope="module")
def artifacts() -> Artifacts:
    return ensure("amd64")


@pytest.mark.parametrize(
    ("name", "command"), [("mediamtx", ["/mediamtx", "--version"]), ("caddy", ["/usr/bin/caddy", "version"])]
)
def test_cached_image_loads_under_its_id_and_runs_without_privileges(
    engine: None, artifacts: Artifacts, name: str, command: list[str]
) -> None:
    image = getattr(artifacts, name)
    image.verify()
    docker("load", f"--input={image.archive}")
    assert docker("image", "inspect", "--format={{.Id}}", image.reference) == image.image_id
    # NET_BIND_SERVICE: the publisher's caddy carries it as a file capability and is not started without.
    ran = docker("run", "--rm", *UNPRIVILEGED, "--cap-drop=ALL", "--cap-add=NET_BIND_SERVICE",
                 f"--entrypoint={command[0]}", image.reference, *command[1:])  # fmt: skip
    assert ran.split()[0] == f"v{getattr(load(), name).version}"


def test_image_of_several_layers_loads_under_its_id(engine: None, tmp_path: Path) -> None:
    layers = []
    for name in ("one", "two"):
        layers.append(tmp_path / f"{name}.tar")
        with tarfile.open(layers[-1], "w") as tar:
            entry = tarfile.TarInfo(name)
            entry.size = len(name)
            tar.addfile(entry, io.BytesIO(name.encode()))
    diff_ids = [f"sha256:{hashlib.sha256(layer.read_bytes()).hexdigest()}" for layer in layers]
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    spec = ImageArtifact(version="0", program="/one", sources=load().caddy.sources)
    item = Item("layers", "amd64", spec)
    image_id = pack_layers(json.dumps(config).encode(), layers, item, tmp_path)
    docker("load", f"--input={tmp_path / item.files[0]}")
    assert docker("image", "inspect", "--format={{.Id}}", item.reference) == image_id


def test_cached_page_library_is_the_pinned_one(artifacts: Artifacts) -> None:
    pinned = load().hls_js.files["hls.min.js"].sha256
    assert hashlib.sha256(artifacts.hls_js.read()).hexdigest() == pinned
    assert "Apache" in (artifacts.hls_js.path.parent / "LICENSE").read_text()
