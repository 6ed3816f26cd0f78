import pytest
from envivo_agent.journal import REPEAT_S, WARNING, Journal, redact


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("password s3cret& refused", "password *** refused"),
        ("rtmp://h//webcam?user=u&pass=s3cret%26", "rtmp://h//webcam?user=u&pass=***"),
        ("rtsp://u:s3cret&@h:8554/webcam", "rtsp://***@h:8554/webcam"),
        ("rtsp://other:word@h/x and rtmp://h/x?pass=another end", "rtsp://***@h/x and rtmp://h/x?pass=*** end"),
        ("rtsp://h:8554/webcam does not exist", "rtsp://h:8554/webcam does not exist"),
    ],
)
def test_redact_leaves_no_secret_and_all_else(text: str, clean: str) -> None:
    assert redact(text, ("s3cret&", "")) == clean


@pytest.mark.parametrize(
    ("secret", "text", "clean"),
    [
        ("cam", "the camera says cam, cam1 and :cam@", "the camera says ***, cam1 and :***@"),
        ("p$", "p$ and pp$ and p%24", "*** and pp$ and ***"),
        ("12345678", "a12345678b", "a***b"),
    ],
)
def test_short_secret_is_replaced_where_it_is_a_word(secret: str, text: str, clean: str) -> None:
    assert redact(text, (secret,)) == clean


def test_longer_secret_is_replaced_before_one_that_is_part_of_it() -> None:
    assert redact("12345678-9 and 12345678", ("12345678", "12345678-9")) == "*** and ***"


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_journal_says_a_repeated_change_seldom_and_counts_it() -> None:
    lines: list[str] = []
    clock = _Clock()
    journal = Journal(lines.append, clock, set())
    for second in range(int(REPEAT_S) + 1):
        clock.now = float(second)
        journal.change(WARNING, "waiting")
    assert lines == ["<4>waiting\n", f"<4>waiting ({int(REPEAT_S) - 1} more times)\n"]


def test_journal_says_every_other_change_at_once() -> None:
    lines: list[str] = []
    journal = Journal(lines.append, _Clock(), set())
    for text in ("waiting", "live", "waiting"):
        journal.change(WARNING, text)
    assert len(lines) == 3


def test_journal_line_has_a_priority_no_line_break_and_no_secret_that_it_learns_later() -> None:
    lines: list[str] = []
    journal = Journal(lines.append, _Clock(), {"first"})
    journal.secrets |= {"second"}
    journal.line(WARNING, "neither first\nnor  second")
    assert lines == ["<4>neither *** nor ***\n"]
    assert journal.clean("a\tsecond\nline") == "a *** line"
