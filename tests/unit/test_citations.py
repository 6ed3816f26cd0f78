"""Comments and pages lead to pages that a reader of the repository can open, and to headings that are there."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator

import pytest

from envivo.core.paths import PROJECT as ROOT

CITED = re.compile(r"(?<![\w/.:-])([\w./-]+\.md)(?:#([\w-]+))?")
"""A page by its path from the top of the repository, and perhaps a heading; not what is part of an address."""
OTHERS = {".js", ".mjs", ".css", ".html", ".j2", ".sh", ".toml", ".yml", ".yaml"}
"""Files that are read whole: what looks like a page there is a citation wherever it stands."""

LATER = {"tests/proved"}
"""Written by `make prove`."""


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


def comments(source: str) -> Iterator[str]:
    """Comments and docstrings, those of attributes too."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def anchors(page: str) -> set[str]:
    """As GitHub makes them: https://docs.github.com/en/get-started/writing-on-github"""
    headings = re.findall(r"^#+ +(.+?) *$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def wrong(text: str) -> list[str]:
    """Citations that lead nowhere."""
    found = []
    for page, anchor in CITED.findall(text):
        file = ROOT / page
        if not file.is_file() or (anchor and anchor not in anchors(file.read_text())):
            found.append(f"{page}#{anchor}" if anchor else page)
    return found


def test_every_citation_names_a_page_of_the_repository() -> None:
    found = []
    for name in tracked():
        suffix = (ROOT / name).suffix
        if suffix not in {".py", *OTHERS} and name != "Makefile":
            continue
        text = (ROOT / name).read_text()
        if ".md" in text:
            texts = comments(text) if suffix == ".py" else [text]
            found += [f"{name}: {citation}" for each in texts for citation in wrong(each)]
    assert found == []


def test_every_link_of_a_page_leads_to_a_file_and_a_heading() -> None:
    found = []
    for name in tracked():
        if not name.endswith(".md"):
            continue
        here = ROOT / name
        for path, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([\w-]*)\)", here.read_text()):
            file = here.parent / path if path else here
            if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
                found.append(f"{name}: {path}#{anchor}")
    assert found == []


def test_every_path_that_a_page_names_is_there() -> None:
    names = tracked()
    directories = {name.partition("/")[0] for name in names if "/" in name}
    found = []
    for name in names:
        if name.endswith(".md"):
            paths = re.findall(r"`([\w.-]+/[\w./-]+)`", (ROOT / name).read_text())
            ours = {path for path in paths if path.partition("/")[0] in directories and not re.search("[A-Z]{2}", path)}
            found += [f"{name}: {path}" for path in ours - LATER if not (ROOT / path).exists()]
    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("why: README.md", []),
        ("(docs/reference/tests.md#rules)", []),
        ("https://github.com/opencontainers/image-spec/blob/main/config.md#properties", []),
        ("as mediamtx.md 1c says", ["mediamtx.md"]),
        ("(docs/reference/tests.md#ruels)", ["docs/reference/tests.md#ruels"]),
    ],
)
def test_citation_is_followed(text: str, expected: list[str]) -> None:
    assert wrong(text) == expected


def test_docstrings_and_comments_are_read() -> None:
    source = '"""one"""\nX = 1  # two\n"""three"""\nY = "four"\n'
    assert sorted(comments(source)) == ["# two", "one", "three"]
