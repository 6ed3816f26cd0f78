"""When a configuration is exchanged, asked of a real shell."""

import hashlib
from pathlib import Path

import pytest

from envivo.operations.switch import Live, LiveConfig, due
from tests.unit.operations.shell import lines

SHA, OTHER = "5" * 64, "6" * 64
REVISION = "envivo-1e4cdac151b38c3a"


@pytest.mark.parametrize(
    ("live", "wanted"),
    [
        (Live(SHA, REVISION), False),
        (Live(SHA, f'{{"users": ["{REVISION}"]}}'), False),
        (Live("", ""), True),
        (Live(OTHER, REVISION), True),
        (Live(OTHER, ""), True),
        # a run died after the rename, or the service missed it
        (Live(SHA, "envivo-0000000000000000"), True),
        # it is not running: it will read the file when it starts
        (Live(SHA, ""), False),
    ],
)
def test_switch_is_due_when_the_file_or_the_running_service_differs(live: Live, wanted: bool) -> None:
    assert due(live, SHA, REVISION) is wanted


@pytest.mark.parametrize(
    ("content", "ask", "answer"),
    [
        ("one\n", f"echo {REVISION}", REVISION),
        ("one\n", "printf 'a\\nb\\n'", "a\nb"),
        ("one\n", "false", ""),
        ("one\n", "echo it is not running >&2; false", ""),
        (None, f"echo {REVISION}", REVISION),
        (None, "false", ""),
    ],
)
def test_live_config_is_the_file_and_what_the_service_says(
    tmp_path: Path, content: str | None, ask: str, answer: str
) -> None:
    path = tmp_path / "its name.yml"
    if content is not None:
        path.write_text(content)

    live = LiveConfig().process(lines(LiveConfig().command(str(path), ask)))

    assert live == Live(hashlib.sha256(content.encode()).hexdigest() if content is not None else "", answer)
