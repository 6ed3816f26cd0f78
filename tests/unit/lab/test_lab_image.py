import pytest

from lab import image
from lab.apt import Mirror


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("I: Unpacking libc6:amd64...\n", "Unpacking libc6"),
        ("I: Retrieving InRelease \n", "Retrieving InRelease"),
        ("W: something odd\n", "something odd"),
    ],
)
def test_a_line_of_debootstrap_becomes_a_step(line: str, step: str) -> None:
    assert image.step_of(line) == step


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["I: Retrieving", "E: Failed getting release file x"], "Failed getting release file x"),
        (["gpgv: bad"], "gpgv: bad"),
        ([], "said nothing"),
    ],
)
def test_the_reason_of_a_failure_is_what_debootstrap_called_an_error(said: list[str], reason: str) -> None:
    assert image.complaint(said) == reason


def test_an_image_has_another_name_when_it_is_made_of_something_else() -> None:
    plain = image.key(Mirror("http://a.example/debian"), {"etc/a": "1"})
    assert plain == image.key(Mirror("http://a.example/debian"), {"etc/a": "1"})
    assert plain != image.key(Mirror("http://b.example/debian"), {"etc/a": "1"})
    assert plain != image.key(Mirror("http://a.example/debian"), {"etc/a": "2"})


@pytest.mark.parametrize(("scheme", "carried"), [("http", False), ("https", True)])
def test_certificates_go_to_hosts_only_with_an_encrypted_mirror(scheme: str, carried: bool) -> None:
    files = image.apt_files(
        Mirror(f"{scheme}://a.example/debian"), "trixie", ['Acquire::Check-Date "false";'], {"own.crt": "x"}
    )
    assert ("own.crt" in files) is carried
    assert 'Acquire::Check-Date "false";\n' in files["etc/apt/apt.conf.d/90lab"]
