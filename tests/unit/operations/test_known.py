"""A host is asked once for what no operation has changed since: real pyinfra."""

import subprocess
import sys
from pathlib import Path

from tests.patience import patient

DEPLOY = """
from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation
from envivo.operations.known import known_fact, remember

class Word(FactBase):
    def command(self, key):
        return f"echo {{key}} >>{asked}; cat {word}"

    def process(self, output):
        return output[0]

@operation()
def write(word, key):
    if known_fact(Word, key=key) == word:
        host.noop("is written")
    else:
        yield StringCommand(f"echo {{word}} >{word}")

@operation()
def bring():
    remember(Word, "old", key="brought")
    host.noop("was brought")
    yield from ()

write(name="Nothing to write", word="old", key="read")
write(name="Still nothing to write", word="old", key="read")
bring(name="Bring another answer")
write(name="Nothing to write, as was brought", word="old", key="brought")
write(name="Write", word="new", key="read")
write(name="It is written", word="new", key="read")
write(name="This, too", word="new", key="brought")
"""


def test_host_is_asked_again_only_after_a_change(tmp_path: Path) -> None:
    asked, word = tmp_path / "asked", tmp_path / "word"
    word.write_text("old\n")
    (tmp_path / "deploy.py").write_text(DEPLOY.format(asked=asked, word=word))

    done = subprocess.run(
        [sys.executable, "-m", "pyinfra", "@local", "deploy.py", "-y"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=patient(30),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert word.read_text() == "new\n"
    assert asked.read_text().split() == ["read", "read", "brought"]
