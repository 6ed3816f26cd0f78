"""What a deploy has broken, which hosts go back, and to which release."""

import pytest

from envivo.core.errors import EnvivoError
from envivo.orchestration.deploying import decision
from envivo.orchestration.deploying.destination import Destination, destination
from envivo.orchestration.deploying.downgrade import downgrades
from envivo.orchestration.deploying.journal import entry, parse
from envivo.state.release import Kept, Release, before
from envivo.verify.engine import Check, Result
from envivo.verify.findings import Finding

NEEDED = Check("media1", "a prerequisite", list)


def result(host: str, path: str, *codes: str, blocked: bool = False) -> Result:
    check = Check(host, "a claim", list, path=path)
    findings = tuple(Finding(host, code, "is wrong", "fix it") for code in codes)
    return Result(check, findings, blocked_by=NEEDED if blocked else None)


WELL = result("media1", "garden")


@pytest.mark.parametrize(
    ("was", "now", "codes"),
    [
        ([WELL], [WELL], []),
        ([WELL], [result("media1", "garden", "no-picture")], ["no-picture"]),
        ([result("media1", "garden", "no-picture")], [result("media1", "garden", "no-picture")], []),
        ([result("media1", "garden", "no-picture")], [result("media1", "garden", "frozen")], ["frozen"]),
        # what was not tried, or is new, is not broken
        ([result("media1", "garden", blocked=True)], [result("media1", "garden", "no-picture")], []),
        ([WELL], [WELL, result("media1", "gate", "no-picture")], []),
        ([WELL], [WELL, result("cam2", "", "host-unreachable")], []),
        # one path's failure says nothing of another
        ([result("media1", "gate", "no-picture"), WELL], [result("media1", "garden", "no-picture")], ["no-picture"]),
        ([result("media1", "")], [result("media1", "", "drift")], []),
        # the computer that deploys was busy; a host is so perhaps because of what was deployed
        ([WELL], [result("media1", "garden", "verifier-busy")], []),
        ([WELL], [result("media1", "garden", "host-busy")], ["host-busy"]),
        ([result("media1", "")], [result("media1", "", "drift", "not-listening")], ["not-listening"]),
    ],
)
def test_only_what_worked_can_be_broken(was: list[Result], now: list[Result], codes: list[str]) -> None:
    assert [finding.code for finding in decision.broken(decision.baseline(was), now)] == codes


RELEASED = {"media1": 3, "cam1": 2, "cam2": 3}


@pytest.mark.parametrize(
    ("failed", "breaks", "back"),
    [
        ([], False, {}),
        (["cam1"], False, {"cam1": 2}),
        (["cam1"], True, RELEASED),
        (["media1"], False, RELEASED),
        ([], True, RELEASED),
        (["new"], False, {}),
    ],
)
def test_client_goes_back_alone_and_a_server_with_all(failed: list[str], breaks: bool, back: dict[str, int]) -> None:
    assert decision.to_put_back(failed, ["media1"], RELEASED, breaks) == back


def kept(current: int, *numbers: int) -> Kept:
    return Kept(current, {number: Release(number, "", "", "", "") for number in numbers})


@pytest.mark.parametrize(
    ("hosts", "number"),
    [
        ([], None),
        ([kept(0)], None),
        ([kept(1, 1)], None),
        ([kept(3, 1, 3)], 1),
        ([kept(3, 1, 3), kept(2, 2)], 2),
        ([kept(1, 1, 2, 3)], None),
        ([kept(2, 1, 2, 3), kept(1, 1)], 1),
    ],
)
def test_release_before_what_the_hosts_have(hosts: list[Kept], number: int | None) -> None:
    assert before(hosts) == number


def chain(current: int, **after: int) -> Kept:
    """`_8=6`: release 8 came after 6."""
    kept = {int(name[1:]): Release(int(name[1:]), "", "", "", "", after=last) for name, last in after.items()}
    return Kept(current, kept)


def test_release_from_which_somebody_went_back_is_not_the_one_before() -> None:
    went_back = chain(8, _6=5, _7=6, _8=6)
    assert before([went_back, chain(6, _6=5, _7=6)]) == 6
    assert chain(6, _6=5, _7=6).at(8) == 6, "it never had 7 together with 8"
    assert went_back.at(7) == 7, "but for those who ask for it"
    assert chain(9, _5=4, _9=5).at(8) == 5
    assert chain(9, _9=5).at(8) is None


def test_host_that_a_deploy_did_not_change_keeps_its_release() -> None:
    assert [kept(4, 1, 4).at(number) for number in range(6)] == [None, 1, 1, 1, 4, 4]


@pytest.mark.parametrize(
    ("had", "to", "said"),
    [
        ({"a": kept(0)}, None, "home: has no release yet: envivo deploy home"),
        (
            {"a": kept(0, 1, 2)},
            None,
            "home: is not deployed: envivo deploy home, or ",
        ),
        ({"a": kept(1, 1)}, None, "home: has only one release, and so none to go back to: see envivo history home"),
        ({"a": kept(2, 1, 2)}, 7, "--to 7: home has no such release: choose one of 2, 1: envivo history home"),
        ({"a": kept(3, 1, 3), "b": kept(3, 3)}, 1, "--to 1: release 1 is no longer kept on b"),
    ],
)
def test_release_that_is_not_there_is_refused(had: dict[str, Kept], to: int | None, said: str) -> None:
    with pytest.raises(EnvivoError) as refused:
        destination("home", had, to)
    assert str(refused.value).startswith(said)
    assert refused.value.exit_code == (1 if to is None else 2)


@pytest.mark.parametrize(
    ("had", "to", "found"),
    [
        ({"a": kept(3, 1, 3), "b": kept(1, 1)}, None, Destination(1, {"a": 1})),
        ({"a": kept(3, 1, 3), "b": kept(3, 1, 3)}, 1, Destination(1, {"a": 1, "b": 1})),
        ({"a": kept(3, 1, 3), "b": kept(1, 1)}, 3, Destination(3, {})),
        ({"a": kept(1, 1, 3), "b": kept(0)}, 1, Destination(1, {})),
        ({"a": kept(1, 1, 3)}, 3, Destination(3, {"a": 3})),
    ],
)
def test_only_hosts_that_have_another_release_are_changed(
    had: dict[str, Kept], to: int | None, found: Destination
) -> None:
    assert destination("home", had, to) == found


@pytest.mark.parametrize(
    ("has", "images", "wanted", "found"),
    [
        ("0.1.0", ["envivo/mediamtx:1.20.1"], ["envivo/mediamtx:1.20.1"], []),
        ("0.1.0", ["envivo/mediamtx:1.9.0"], ["envivo/mediamtx:1.20.1"], []),
        ("0.2.0", ["envivo/mediamtx:1.20.1"], ["envivo/mediamtx:1.9.0"], ["mediamtx 1.9.0 in place of 1.20.1 on a"]),
        ("0.3.0", [], ["envivo/caddy:1"], ["envivo 0.2.0 in place of 0.3.0 on a"]),
    ],
)
def test_older_programs_are_named(has: str, images: list[str], wanted: list[str], found: list[str]) -> None:
    there = Kept(1, {1: Release(1, "", "", has, "", images=dict.fromkeys(images, "sha256:1"))})
    assert downgrades({"a": there, "b": kept(0)}, "0.2.0", wanted) == found


def test_log_is_read_without_lines_that_were_cut_off() -> None:
    text = '{"at": "t", "by": "a@b", "did": "deploy", "release": 1, "ok": true, "cause": ""}\n{"at": "t", "b'
    assert [(line.did, line.ok) for line in parse(text)] == [("deploy", True)]
    assert entry("a@b", "deploy", 1, "x" * 9000).cause == "x" * 500
