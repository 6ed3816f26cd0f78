"""What verify makes of what the Engine, the unit that guards the containers, and the containers say."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import pytest

from envivo.inventory import Host, Inventory
from envivo.orchestration.target import places
from envivo.plan.planning import Plan
from envivo.remote import CommandResult, RemoteShell
from envivo.roles.docker import checks as docker
from envivo.roles.media import from_inside
from envivo.roles.media.settings import Media
from envivo.roles.role import Evidence, Target
from envivo.state.stopped import file
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding
from tests.unit.operations.test_stack import FOREIGN, ONE_OFF, WEB, line
from tests.unit.settings.environments import drafted


class Answers:
    """A host on which every command gets one answer, and nothing was stopped on purpose, unless by these words."""

    def __init__(self, out: str, stopped: str = "") -> None:
        self._out, self._stopped = out, stopped

    def run(self, command: str, within_s: int = 20) -> CommandResult:
        if file("") in command:
            return CommandResult(0 if self._stopped else 1, self._stopped, "")
        return CommandResult(0, self._out, "")


def media(out: str, **more: Any) -> Target[Media]:
    host = Host("media1", ("media", "cameras", "lab"), {"settings": drafted(**more), "ssh_hostname": "10.0.0.21"})
    (place,) = places(Inventory("lab", (host,)), {"media1": RemoteShell(host)})
    return replace(place.target(place.settings.media), shell=cast(RemoteShell, Answers(out)))


def codes(said: Iterable[Finding | Observation]) -> list[str]:
    return [one.code if isinstance(one, Finding) else "statement" for one in said]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("true inactive\n", []),
        ("false inactive\n", ["live-restore-off"]),
        ("false active\n", ["statement"]),
        ("", ["live-restore-off"]),
    ],
)
def test_engine_without_live_restore_is_a_finding_unless_a_swarm_excludes_it(said: str, found: list[str]) -> None:
    evidence = Evidence(lambda host: Plan(()))
    reachable = Check("media1", "accepts commands as root", lambda: ())
    evidence.reachable["media1"], evidence.plan_needs["media1"] = reachable, [reachable]
    planned = {check.claim: check for check in docker.checks(cast(Any, media(said)), evidence)}
    seen = list(planned["containers outlive the Docker Engine"].find())
    assert codes(seen) == found
    assert all("is in a swarm" in entry for entry in seen if isinstance(entry, Observation))


@pytest.mark.parametrize(("state", "found"), [("active", []), ("inactive", ["stack-unguarded"])])
def test_unit_that_does_not_guard_is_a_finding(state: str, found: list[str]) -> None:
    said = list(from_inside.guarded(media(f"ActiveState={state}\nUnitFileState=enabled\nResult=success\n")))

    assert codes(said) == found
    assert all("envivo restart ENV stack" in one.fix for one in said)


@pytest.mark.parametrize(
    ("there", "code", "fix"),
    [
        ([WEB], None, ""),
        ([ONE_OFF, WEB], None, ""),
        ([WEB, FOREIGN._replace(service="web")], None, ""),
        ([WEB._replace(state="exited")], "caddy-down", "envivo restart ENV caddy"),
        ([WEB._replace(state="paused")], "caddy-down", "envivo restart ENV caddy"),
        ([ONE_OFF._replace(state="running")], "caddy-down", "envivo restart ENV caddy"),
        ([], "caddy-down", "envivo restart ENV caddy"),
    ],
)
def test_container_is_the_one_that_compose_made_for_the_service(there: list[Any], code: str | None, fix: str) -> None:
    said = list(from_inside.container(media("\n".join(map(line, there))), "web"))

    assert [one.code for one in said] == ([code] if code else [])
    assert all(fix in one.fix for one in said)


def test_container_that_a_person_has_stopped_is_one_finding_with_the_command_that_starts_it() -> None:
    target = media(line(WEB._replace(state="exited")))
    marker = json.dumps({"program": "caddy", "by": "alice@laptop", "since": "2026-11-30 10:02 UTC"})
    shell = cast(RemoteShell, Answers(line(WEB._replace(state="exited")), marker))

    (said,) = from_inside.container(replace(target, shell=shell), "web")

    assert (said.code, said.fix) == ("stopped", "envivo start ENV caddy")
    assert said.message.startswith(
        "caddy is stopped by alice@laptop since 2026-11-30 10:02 UTC, so viewers get no page"
    )


def test_strangers_are_stated_by_name() -> None:
    said = list(from_inside.strangers(media("\n".join(map(line, (WEB, ONE_OFF, FOREIGN)))), ("mediamtx", "web")))

    assert codes(said) == ["statement"] * 2
    assert {one.split()[2] for one in said} == {ONE_OFF.name, FOREIGN.name}
