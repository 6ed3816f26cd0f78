"""Whom a deploy interrupts, found from what it would change: as the settings say of a change of each of theirs."""

import pytest

from envivo.config.interrupts import Interrupts
from envivo.config.lazy import merged
from envivo.config.models import NAME
from envivo.config.reference import settings
from envivo.operations import units
from envivo.operations.reasons import LOST, NOT_IN_USE, OLDER, RECREATED, Difference, container_of
from envivo.operations.units import UnitState
from envivo.orchestration.environment import Environment
from envivo.orchestration.roles import roles
from envivo.plan.costs import Cost, together
from envivo.plan.planning import Change, Plan, Replaced
from envivo.roles.camera import desired as camera
from envivo.roles.media import desired as media
from envivo.roles.media.costs import MEDIAMTX_YML
from envivo.roles.turn import desired as turn
from envivo.roles.turn.settings import UNIT
from envivo.state.desired import Unit
from envivo.state.edits import ADDED, CHANGED, REMOVED, Edit, edits
from tests.unit.render.hosts import three_machines
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.render.test_every_setting import AFTER, BEFORE, CHANGES, ITEMS, placed
from tests.unit.settings.environments import at, production

WEBCAM = "/etc/envivo/agent/webcam.json"
DECLARED = {setting.path: setting.interrupts for setting in settings(Environment)}
PARTS = {
    Interrupts.WEBRTC_AND_HLS: {Interrupts.WEBRTC, Interrupts.HLS},
    Interrupts.REMOTE_CAMERAS: {Interrupts.CAMERA},
    Interrupts.NOBODY: set(),
}
"""Words of the reference -> what costs find."""
RELAYED_TOO = ("public_address", "mediamtx.webrtc.media_port", "mediamtx.webrtc.additional_hosts", "turn.domain",
               "turn.secret", "turn.port", "turn.tls_port")  # fmt: skip
OTHERWISE: dict[str, set[Interrupts]] = {
    # the reference names whom it costs most
    **{path: {Interrupts.WEBRTC, Interrupts.RELAYED} for path in RELAYED_TOO},
    "mediamtx.rtsps_port": {Interrupts.RTSP, Interrupts.CAMERA},
    # beside another root, which the agents trust
    "web.tls.root_key": {Interrupts.CAMERA},
    # the reference means from none to one, or back
    "web.domain": {Interrupts.CAMERA},
    "web.trusted_proxies": {Interrupts.WEBRTC},
}


def costs(plan: Plan) -> list[Cost]:
    return together(cost for role in roles() for cost in role.costs(plan))


def plan(*differences: Difference, files: tuple[Replaced, ...] = ()) -> Plan:
    return Plan((Change("x", differences, ()),), files=files)


def between(before: Environment, after: Environment) -> Plan:
    """Of all hosts at once."""
    old, new = three_machines(before), three_machines(after)
    files = [
        Replaced(path, (), edits(path, old[host, path], text))
        for (host, path), text in new.items()
        if old.get((host, path), text) != text and path.startswith("/")
    ]
    differing = [Difference(file.path, "has other content") for file in files]
    revisions = [media.compose(given.media, ARTIFACTS)[1] for given in (before, after)]
    for service, name in media.CALLED.items():
        if revisions[0][service] != revisions[1][service]:
            differing.append(Difference(container_of(name), RECREATED))
    return plan(*differing, files=tuple(files))


@pytest.mark.parametrize("path", sorted(CHANGES.keys() - {"web.port"}))  # which is used where there is no domain
def test_change_of_a_setting_costs_whom_the_reference_names(path: str) -> None:
    container, _, item = path.partition(".N.")
    first = at(container.replace(NAME, "webcam"), [ITEMS[container]]) if item else {}
    before = merged(BEFORE.get(path, {}), first)
    after = merged(before, AFTER.get(path) or placed(path, CHANGES[path]))

    found = {cost.who for cost in costs(between(production(**before), production(**after)))}

    declared = DECLARED[path]
    assert declared is not None
    expected = PARTS.get(declared, {declared})
    assert found == OTHERWISE.get(path, expected)


GONE = Difference("/opt/envivo/agent", "is missing")
AGENT = "envivo-agent@webcam.service"
BROKEN = Difference(WEBCAM, "has other content")


def edited(*keys: str, how: str = CHANGED) -> Plan:
    return plan(Difference(MEDIAMTX_YML, "has other content"), files=(Replaced(MEDIAMTX_YML, (), (Edit(keys, how),)),))


@pytest.mark.parametrize(
    ("planned", "words"),
    [
        (plan(), []),
        (plan(Difference("curl", "is not installed")), []),
        # a bare host has no viewers
        (plan(GONE, Difference(f"{camera.PROGRAM}/x.py", "is missing")), []),
        (plan(GONE, Difference(camera.UNIT_FILE, "is missing")), []),
        (plan(Difference("the container mediamtx", "is not there"), Difference(MEDIAMTX_YML, "is missing")), []),
        (plan(Difference(turn.CONFIGURATION, "is missing"), Difference(UNIT, "does not run")), []),
        # by key
        (edited("logLevel"), ["everybody"]),
        (edited("rtspAddress"), ["everybody"]),
        (edited("paths", "a", how=ADDED), []),
        (edited("paths", "a", how=REMOVED), ["publisher and viewers of path a"]),
        (edited("paths", "live/a.1", "overridePublisher"), ["publisher and viewers of path live/a.1"]),
        (edited("paths", "a", "recordDeleteAfter"), []),
        (edited("paths", "record-hall", how=REMOVED), ["publisher and viewers of path record-hall"]),
        (edited("paths", "record-hall", "overridePublisher"), ["publisher and viewers of path record-hall"]),
        (edited("pathDefaults", "recordPartDuration"), []),
        (edited("pathDefaults", "maxReaders"), ["everybody"]),
        # nobody knows what was in a file that cannot be read
        (plan(Difference(MEDIAMTX_YML, "has other content"), files=(Replaced(MEDIAMTX_YML, (), None),)), ["everybody"]),
        (plan(BROKEN, files=(Replaced(WEBCAM, (), None),)), ["viewers of camera webcam, for a second or two"]),
        (plan(Difference(MEDIAMTX_YML, NOT_IN_USE)), ["everybody"]),
        # access alone
        (plan(Difference(MEDIAMTX_YML, "has mode 666 instead of 640")), []),
        # units and containers
        (plan(Difference("the container mediamtx", "is exited")), []),
        (plan(Difference("the container caddy", RECREATED)),
         ["the page and HLS viewers"]),
        (plan(Difference(AGENT, OLDER)),
         ["viewers of camera webcam, for a second or two"]),
        (plan(Difference(AGENT, "is masked")), []),
        (plan(Difference(AGENT, "is no longer configured", removes=True)),
         ["publisher and viewers of camera webcam"]),
        (plan(Difference(camera.UNIT_FILE, "has other content")),
         ["viewers of the host's cameras, for a second or two"]),
        (plan(Difference(UNIT, LOST)), ["viewers through a relay, who reconnect"]),
        # whole roles that a host no longer has
        (plan(Difference("MediaMTX and Caddy", "is no longer configured (/opt/envivo/stack)", removes=True)),
         ["everybody"]),
        (plan(Difference("camera agents", "is no longer configured (/opt/envivo/agent)", removes=True)),
         ["publishers and viewers of removed paths"]),
        (plan(Difference("coturn", "is no longer configured (/etc/envivo/turn)", removes=True)),
         ["viewers through a relay, who reconnect"]),
    ],
)  # fmt: skip
def test_cost_of_what_differs(planned: Plan, words: list[str]) -> None:
    assert [cost.words for cost in costs(planned)] == words


def test_words_of_operations_are_those_that_costs_know() -> None:
    """`costs` tells a restart by the words of the operation."""
    agent = units.steps([Unit(AGENT, reads=("/x",))], {AGENT: UnitState(True, True, False, 1, 2)})
    reads = units.steps([Unit(AGENT, rereads=WEBCAM)], {AGENT: UnitState(True, True, False, 1, 0, rewritten=2)})
    gone = units.steps([Unit(UNIT)], {UNIT: UnitState(True, True, False, 1, 0, holds=False)})

    for (step,) in (agent, reads, gone):
        assert costs(plan(step.difference))
