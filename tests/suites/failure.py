"""What pytest's text of a failure says first: the line of the test that failed, and the error."""

import re

_LONGEST = 300
_SHORT = re.compile(r"^(?P<place>\S+\.py:\d+): in .*\n(?P<line>    .*)$", re.MULTILINE)
"""An entry of --tb=short."""
_LONG = re.compile(r"^>\s+(?P<line>.*)$(?:\n(?!>).*)*?\n(?P<place>\S+\.py:\d+): ", re.MULTILINE)
"""An entry of --tb=long."""


def failing_line(text: str, test: str) -> str:
    """`FILE:LINE: CODE` where the test itself was, as far as it came, or else the fixture or program that it called."""
    entries = [(match["place"], match["line"].strip()) for form in (_SHORT, _LONG) for match in form.finditer(text)]
    own = [entry for entry in entries if entry[0].startswith(f"{test.partition('::')[0]}:")]
    ours = [entry for entry in entries if entry[0].startswith("tests/")]
    found = own[:1] or (ours or entries)[-1:]
    return _cut(": ".join(found[0])) if found else ""


def first_error(text: str) -> str:
    errors = re.findall(r"^E\s+(.*\S)", text, re.MULTILINE)
    if differs := re.match(r"(Different tests were collected.*)\n(?:.*\n)*?([-+]\w.*)", text):  # of pytest-xdist
        return _cut(" ".join(differs.groups()))
    return _cut((errors or text.strip().splitlines()[-1:] or [""])[0])


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
