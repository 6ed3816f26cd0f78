"""Which images an Engine has."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from envivo.artifacts import Image
from envivo.core.paths import PROJECT as ROOT
from envivo.core.paths import VAR
from envivo.operations.images import INCOMING, LoadedImages, load_script
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import sh

MEDIAMTX = "sha256:bd3f7cf4f0b30cd909bc0aeb377c82daccb3586c80c99e9bdc5ee2364ade73d3"
CADDY = "sha256:e35c6236717bb33b11b5c132ef325a8d91915f769aa01379d89266ff76eabec6"


@pytest.mark.parametrize(
    ("answer", "loaded"),
    [
        (["envivo/mediamtx:1.20.1", MEDIAMTX, "envivo/caddy:2.11.4", CADDY],
         {"envivo/mediamtx:1.20.1": MEDIAMTX, "envivo/caddy:2.11.4": CADDY}),
        (["envivo/mediamtx:1.20.1", "mirror.example/mediamtx:latest", MEDIAMTX],
         {"envivo/mediamtx:1.20.1": MEDIAMTX, "mirror.example/mediamtx:latest": MEDIAMTX}),
        # an Engine whose template language ends lines in another way
        (["envivo/caddy:2.11.4", "", CADDY, ""], {"envivo/caddy:2.11.4": CADDY}),
        ([CADDY], {}),
        ([""], {}),
    ],
)  # fmt: skip
def test_loaded_images_are_known_by_each_of_their_names(answer: list[str], loaded: dict[str, str]) -> None:
    assert LoadedImages().process(answer) == loaded


@pytest.mark.parametrize(
    ("arrived", "said", "loaded"),
    [(b"archive", "", True), (b"archivE", "the image envivo/x:1 arrived incomplete: deploy again\n", False)],
)
def test_archive_is_loaded_if_it_is_the_one_that_was_sent_and_never_stays(
    tmp_path: Path, arrived: bytes, said: str, loaded: bool
) -> None:
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    (incoming / "x.tar.gz").write_bytes(arrived)
    programs = Programs(tmp_path)
    programs.add("docker")
    image = Image("envivo/x:1", "sha256:0", Path("x.tar.gz"), sha256(b"archive").hexdigest())
    script = load_script(f"{INCOMING}/x.tar.gz", image).replace(INCOMING, str(incoming))

    done = sh(script, PATH=programs.path)

    assert (done.returncode == 0, done.stderr) == (loaded, said)
    assert programs.calls == ([f"docker load -qi {incoming}/x.tar.gz"] if loaded else [])
    assert not incoming.exists()


def test_nothing_has_a_name_that_can_be_guessed_where_everybody_may_write() -> None:
    """Whoever makes it first could block what comes after, or be written over by it."""
    shared = re.compile(r"(?<![\w/])/(?:var/)?tmp/|/dev/shm/")
    sources = [
        *(file for place in ("envivo", "roles", "agent") for file in (ROOT / place).rglob("*.py")),
        *(ROOT / "templates").rglob("*.j2"),
        *(ROOT / name for name in ("deploy.py", "setup.sh", "Makefile")),
    ]

    assert [str(file) for file in sources if shared.search(file.read_text())] == []
    assert INCOMING.startswith(f"{VAR}/")
