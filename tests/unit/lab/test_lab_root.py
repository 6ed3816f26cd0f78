import pytest

from envivo.lab import root


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("I: Unpacking libc6:amd64...\n", "Unpacking libc6"),
        ("I: Retrieving InRelease \n", "Retrieving InRelease"),
        ("W: something odd\n", "something odd"),
        ("Setting up libx264-164:amd64 (2:0.164.3108+git31e19f9-2+b1) ...\n", "Setting up libx264-164"),
    ],
)
def test_a_line_of_debootstrap_or_apt_becomes_a_step(line: str, step: str) -> None:
    assert root.step_of(line) == step


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["I: Retrieving", "E: Failed getting release file x"], "Failed getting release file x"),
        (["gpgv: bad"], "gpgv: bad"),
        ([], "said nothing"),
    ],
)
def test_the_reason_of_a_failure_is_what_was_called_an_error(said: list[str], reason: str) -> None:
    assert root.complaint(said) == reason
