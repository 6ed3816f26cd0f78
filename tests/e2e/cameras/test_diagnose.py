"""`envivo camera diagnose`: says what works while a camera is live, and which step fails first where it is not."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from envivo.roles.camera.desired import status
from tests.e2e.camera_agent import Document
from tests.e2e.camera_bed import CONTAINER, HOSTS, KILL_SERVER, MEDIA, PASSWORDS, SECOND, Bed, now
from tests.e2e.failing_camera import BUSY, DEVICES, GONE, OK
from tests.e2e.lab import start_container, stop_container
from tests.patience import until

Broken = Callable[[Bed, str], AbstractContextManager[None]]


@pytest.fixture(autouse=True, scope="module")
def agents(bed: Bed) -> None:
    bed.restart()
    file = f"cat {status(SECOND)}"
    told = until(lambda told: told["state"] == "live", lambda: json.loads(bed.second.run(file)), 40)
    assert told["state"] == "live", told


def tried(bed: Bed) -> tuple[int, Document, dict[str, list[Document]]]:
    """Exit code, report, and the steps of each camera."""
    done = bed.envivo("camera", "diagnose", "lab", "--json")
    assert done.out, done.err
    report: Document = json.loads(done.out)
    rows: list[Document] = report["steps"]
    return done.code, report, {name: [row for row in rows if row["camera"] == name] for name in PASSWORDS}


def test_live_cameras_are_watched_and_not_disturbed(bed: Bed) -> None:
    processes, sessions = bed.processes(), bed.sessions()

    code, report, steps = tried(bed)

    assert (code, report["ok"], report["findings"]) == (0, True, [])
    for rows in steps.values():
        names = ("service", "capture", "encode", "publish")
        assert [(row["step"], row["ok"]) for row in rows] == [(name, True) for name in names], rows
    assert (bed.processes(), bed.sessions()) == (processes, sessions)


@contextmanager
def of_the_camera(bed: Bed, word: str) -> Iterator[None]:
    bed.tell(word)
    try:
        yield
    finally:
        bed.tell(OK)


@contextmanager
def refused(bed: Bed, _: str) -> Iterator[None]:
    bed.lab.run(MEDIA, stop_container(CONTAINER))
    try:
        yield
    finally:
        bed.lab.run(MEDIA, start_container(CONTAINER))


@contextmanager
def wrong_password(bed: Bed, wrong: str) -> Iterator[None]:
    bed.both(lambda agent: agent.configure(publish={"password": wrong}))
    bed.media(KILL_SERVER)
    try:
        yield
    finally:
        bed.both(lambda agent: agent.configure(publish={"password": PASSWORDS[agent.name]}))


@pytest.mark.parametrize(
    ("broken", "how", "step", "words"),
    [
        (of_the_camera, GONE, "capture", "{device} does not exist: plug the camera in"),
        pytest.param(of_the_camera, BUSY, "capture", "{device} is in use by another program", marks=pytest.mark.proof),
        pytest.param(refused, "", "publish", "no connection to {server}: start the server", marks=pytest.mark.proof),
        pytest.param(wrong_password, "wrong-Zm9v_0123", "publish", "refuses the credentials", marks=pytest.mark.proof),
    ],
    ids=["gone", "busy", "refused", "wrong-password"],
)
def test_first_failing_step_is_named_with_its_reason(bed: Bed, broken: Broken, how: str, step: str, words: str) -> None:
    since = now()
    with broken(bed, how):
        bed.reach("waiting-camera" if step == "capture" else "waiting-server", since)
        code, report, steps = tried(bed)
        # tried while it was stopped: it runs again. A reload of a unit that only just starts would be swallowed
        running = until(lambda states: states == {"active"}, lambda: {one.active for one in bed.processes()}, 20, 0.2)
        assert running == {"active"}
    back = now()

    assert (code, report["ok"]) == (1, False)
    for name, host in HOSTS.items():
        # what is changed by hand is not as the settings say, and that is said first
        *before, last = [row for row in steps[name] if row["step"] != "deployed"]
        said = words.format(device=f"{DEVICES}{name}", server=f"{bed.lab.hosts[MEDIA]}:8554")
        assert all(row["ok"] for row in before)
        assert (last["step"], last["ok"]) == (step, False)
        assert said in f"{last['what']}: {last['fix']}"
        (finding,) = [
            one for one in report["findings"]
            if one["host"] == host and f"{name}: " in one["message"] and one["code"] != "camera-deployed"
        ]  # fmt: skip
        assert (finding["code"], bool(finding["fix"])) == (f"camera-{step}", True)
    assert not any(password in json.dumps(report) for password in PASSWORDS.values())
    if step == "capture":
        assert all(row["ok"] for row in steps[SECOND])
    bed.live_again(back)
