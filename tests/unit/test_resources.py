"""A project's own templates and pages win over the toolkit's, file by file."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from envivo import render
from envivo.artifacts import PinnedFile
from envivo.core import resources
from envivo.core.paths import PACKAGE
from envivo.roles.media import desired
from envivo.state.desired import File

UNIT = "media/envivo-limits.service.j2"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(resources, "PROJECT", tmp_path)
    render._templates.cache_clear()
    yield tmp_path
    render._templates.cache_clear()


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def page(tmp_path: Path) -> dict[str, bytes]:
    library = tmp_path / "cache" / "hls.min.js"
    write(library, "library")
    pinned = PinnedFile(library, hashlib.sha256(b"library").hexdigest())
    return {file.path: file.content for file in desired.page(pinned) if isinstance(file, File)}


def test_template_of_the_project_is_rendered_in_place_of_the_toolkits(project: Path) -> None:
    write(project / "templates" / UNIT, "of the project\n")

    assert render.render(UNIT) == "of the project\n"
    assert "[Mount]" in render.render("media/shown.mount.j2", what="/a", where="/b")


def test_page_of_the_project_wins_and_may_bring_files_of_its_own(project: Path, tmp_path: Path) -> None:
    toolkits = page(tmp_path)
    write(project / "player" / "css" / "style.css", "body { color: teal }")
    write(project / "player" / "logo.png", "a logo")
    write(project / "player" / "notes.txt", "not for viewers")

    own = page(tmp_path)

    different = {path for path in own if own[path] != toolkits.get(path)}
    assert different == {"/opt/envivo/player/css/style.css", "/opt/envivo/player/logo.png"}
    assert own.keys() >= toolkits.keys()


def test_library_of_the_page_stays_the_pinned_one(project: Path, tmp_path: Path) -> None:
    write(project / "player" / "vendor" / "hls.min.js", "another")

    assert page(tmp_path)["/opt/envivo/player/vendor/hls.min.js"] == b"library"


def test_what_is_replaced_is_named_and_nothing_else(project: Path) -> None:
    assert resources.replaced() == []
    write(project / "templates" / UNIT, "")
    write(project / "templates" / "of-another-deploy.j2", "")
    write(project / "player" / "css" / "style.css", "")
    write(project / "player" / "logo.svg", "")

    assert resources.replaced() == [f"templates/{UNIT}", "player/css/style.css"]


def test_toolkits_own_checkout_replaces_nothing(project: Path) -> None:
    for name in (resources.TEMPLATES, resources.PLAYER):
        (project / name).symlink_to((PACKAGE / name).resolve())

    assert resources.replaced() == []
    assert resources.folders(resources.TEMPLATES) == [PACKAGE / "templates"]
