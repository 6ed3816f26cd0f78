import pytest

from envivo.core.errors import EnvivoError
from envivo.lab import programs


def test_programs_that_are_missing_are_named_together_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    programs.need("tar")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EnvivoError) as raised:
        programs.need("ssh", "docker", "ssh-keygen")
    assert str(raised.value) == "ssh, docker, ssh-keygen: not installed: apt-get install -y docker.io openssh-client"


def test_a_program_that_fails_is_one_sentence() -> None:
    with pytest.raises(EnvivoError) as raised:
        programs.run("sh", "-c", "echo first >&2; echo the reason >&2; echo >&2; exit 3", fix="do so")
    assert str(raised.value) == "sh -c: the reason: do so"
    assert programs.run("sh", "-c", "cat", fix="", stdin=b"in") == "in"
