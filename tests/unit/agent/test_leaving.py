"""What the agent does where something fails that nobody foresaw: it never stands still."""

from pathlib import Path
from typing import NoReturn

import pytest
from envivo_agent.leaving import or_leaves

from tests.patience import patient, until
from tests.unit.agent.ip_cameras import ip_camera
from tests.unit.agent.live import Document, agent, altered

FAILS = """
def fails(*_):
    raise OSError(24, "Too many open files")
"""


class LeftError(Exception):
    """The process is gone."""


class Owner:
    @or_leaves
    def act(self, good: bool) -> str:
        if not good:
            raise OSError("no")
        return "done"

    def leave(self, why: str) -> NoReturn:
        raise LeftError(why)


def test_an_action_that_fails_makes_its_owner_leave() -> None:
    assert Owner().act(good=True) == "done"
    with pytest.raises(LeftError, match=r"^OSError: no \(test_leaving\.py:\d+\)$"):
        Owner().act(good=False)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "code",
    [
        "from envivo_agent import memory\nmemory.own = fails\n",
        "from envivo_agent.gst import inquiry\ninquiry.Inquiry.__init__ = fails\n",
        "from envivo_agent.gst import agent\nagent.Agent._assemble = fails\n",
        "from envivo_agent.gst import agent\nagent.state_machine.tick = fails\n",
    ],
    ids=["memory", "no thread", "assembling", "the step itself"],
)
def test_agent_whose_timers_fail_leaves_to_be_started_again(small: Document, tmp_path: Path, code: str) -> None:
    altered(tmp_path, FAILS + code)
    with ip_camera(tmp_path) as camera:
        small["source"] = camera.source()
        # nothing listens for what is published: pipelines begin and end
        with agent(small, tmp_path, host="127.0.0.1", port=9) as publisher:
            assert publisher.process.wait(patient(10)) == 75, publisher.said()
    assert "OSError: [Errno 24] Too many open files" in publisher.said()
    assert "exiting to start again" in publisher.said()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("what", ["inquiry.ask", "pipeline_builder.carriage"])
def test_answer_that_cannot_be_read_is_a_fault_of_the_camera(small: Document, tmp_path: Path, what: str) -> None:
    module = what.partition(".")[0]
    altered(tmp_path, f"{FAILS}from envivo_agent.gst import {module}\n{what} = fails\n")
    with ip_camera(tmp_path) as camera:
        small["source"] = camera.source()
        with agent(small, tmp_path, host="127.0.0.1", port=9) as publisher:
            said = until(lambda text: "cannot read" in text, publisher.said, 10, 0.1)
    assert "/main answers something that the agent cannot read (OSError)" in said
