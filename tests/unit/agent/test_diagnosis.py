"""The steps that `--try` prints, as the controller reads them."""

import pytest
from envivo_agent.diagnosis import Step, line

from envivo.roles.camera.diagnose import parse

SECRET = "s3cret-s3cret"


@pytest.mark.parametrize(
    "step",
    [
        Step("installed", True, "all elements are there"),
        Step("capture", False, "/dev/video0: is not there", "plug: it\tin"),
        Step("publish", False, 'rtsp://[::1]:8554/webcam refuses "this"', "\x00 und \N{SNOWMAN}"),
    ],
)
def test_step_arrives_as_it_was_said_on_one_line_of_ascii(step: Step) -> None:
    said = line(step, set())
    assert said.isascii() and said.count("\n") == 1
    (read,) = parse(said)
    assert read == (*step[:3], step.fix.replace("\t", " "))


def test_step_holds_no_secret() -> None:
    step = Step("publish", False, f"rtsp://user:{SECRET}@media1/ says no", f"another than {SECRET}")
    assert SECRET not in line(step, iter([SECRET]))
