"""Plain words in strings, docstrings, comments and names of the code, and in the pages that users read."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from envivo.core.paths import PROJECT as ROOT

WORDS = {
    r"mend(s|ed|ing)?": "fix",
    r"whoever": "a user, a viewer, a client",
    r"somebody|someone": "a user, a viewer, a client",
    r"(?<!there )(is|are) no(?= )(?! longer| more)": "is not a",
    r"(is|are|was|were|be|been|being|not) told": "gets, is advertised, is reported",
    r"leads? to(?! a )|has to lead": "resolves to",
    r"(gets?|got) around": "reaches, bypasses",
    r"know[sn]? of": "uses, lists",
    r"amiss": "deviation",
    r"leftovers?": "removable",
    r"small letters?": "lowercase letters",
    r"something else than": "something other than",
    r"(it )?stays so": "the problem persists",
    r"such a one": "one",
    r"correct (it|them|each|the|your)": "fix",
    r"waiting whether": "waiting to see whether",
    r"to be had": "available",
    r"anybody": "anyone",
    r"anew": "again, re- (recreate, restart)",
    r"any more": "no longer, now",
    r"sa(ys?|id) nothing": "does not answer, does not report",
    r"signs? of life": "response, renewal",
    r"(is|are) there already": "already exists",
    r"(gets?|got) through": "passes, arrives, reaches",
    r"by way of": "through",
    r"(?<!not )so long(?! as)": "the time, until",
    r"keeps? out": "refuses, blocks",
    r"(of|from) then(?! on)": "of that release, of that time",
    r"put back": "restored",
    r"what (is|was) wanted": "the settings, the desired state",
}
"""Riddles and Germanisms, and what to write instead."""
NAMES = {"its": "what it is", "one": "the noun"}
TEXTS = {"STRING", "COMMENT", "FSTRING_START", "FSTRING_MIDDLE"}


def riddles(source: str) -> Iterator[str]:
    """`LINE: WORD: what to write instead`, of a module."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if tokenize.tok_name[token.type] in TEXTS:
            for word, instead in WORDS.items():
                for found in re.finditer(rf"\b({word})\b", token.string, re.IGNORECASE):
                    line = token.start[0] + token.string[: found.start()].count("\n")
                    yield f"{line}: {found[0]}: {instead}"
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) if name in NAMES:
                yield f"{node.lineno}: {name}: {NAMES[name]}"


def test_code_speaks_plainly() -> None:
    folders = ("envivo", "roles", "agent")
    files = [
        *(file for folder in folders for file in (ROOT / folder).rglob("*.py")),
        ROOT / "deploy.py",
        ROOT / "config.py",
    ]
    found = [f"{file.relative_to(ROOT)}:{riddle}" for file in sorted(files) for riddle in riddles(file.read_text())]
    assert len(files) > 100
    assert found == []


def test_pages_speak_plainly() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    found = [
        f"{page.relative_to(ROOT)}:{number}: {match[0]}: {instead}"
        for page in sorted(pages)
        if page.parent.name not in ("evidence", "notes")
        for number, line in enumerate(page.read_text().splitlines(), 1)
        for word, instead in WORDS.items()
        for match in re.finditer(rf"\b({word})\b", line, re.IGNORECASE)
    ]
    assert len(pages) > 40
    assert found == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('X = "mend what it says"', ["mend"]),
        ('"""One line.\n\nWhoever reads on, is told."""', ["Whoever", "is told"]),
        ("# the name leads to another host", ["leads to"]),
        ('X = f"{1} is no address"', ["is no"]),
        ("for one in range(2): its = one", ["one", "its"]),
        ('X = "deploy again; if it stays so, correct it"', ["it stays so", "correct it"]),
        ("def f(one: int) -> int: return one", ["one"]),
        ('X = f"{1}: there is no such host, it is no longer there"', []),
        ("recommend = amended = 'someones'", []),
    ],
)
def test_riddle_is_found(source: str, words: list[str]) -> None:
    assert [riddle.split(": ")[1] for riddle in riddles(source)] == words


def test_line_of_a_riddle_is_named() -> None:
    assert list(riddles('X = 1\n"""a\nwhoever"""\n')) == ["3: whoever: a user, a viewer, a client"]
