"""Why operations change something: in which words, and to whom they are told."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyinfra.context import ctx_host

from envivo.artifacts import Image
from envivo.core.problems import Problem
from envivo.operations import account, certificates, images, kernel, prune
from envivo.operations.fail_host import fail_host
from envivo.operations.reasons import STATED, Difference, Stated, because, words
from envivo.state.desired import Account, KernelSetting, Removable, RequiredCertificate

AGENT = Account("envivo-agent", groups=("video", "audio"))
LOW = KernelSetting("net.low", "80", "1024", "/etc/sysctl.d/60-envivo.conf")
LINE = "net.low = 80"
OURS = RequiredCertificate("v.net", "/etc/envivo/tls/server.crt", "/caddy/v.net.crt")
IMAGE = Image("envivo/caddy:2", "sha256:1", Path("caddy.tar"), "0")
TURN = Removable("coturn", ("/etc/envivo/turn", "/etc/systemd/system/coturn.service.d"))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (account.deviations(AGENT, None), ["the account envivo-agent is missing"]),
        (account.deviations(AGENT, account.SeenAccount("998", frozenset({"video"}))),
         ["the account envivo-agent is not in the group audio"]),
        (account.deviations(AGENT, account.SeenAccount("998", frozenset(AGENT.groups))), []),
        (account.deviations(AGENT, account.SeenAccount("998", frozenset(AGENT.groups), "/bin/sh")),
         ["the account envivo-agent has the shell /bin/sh instead of /usr/sbin/nologin"]),
        (kernel.deviations(LOW, ["80", LINE]), []),
        (kernel.deviations(LOW, ["1024", LINE]), ["net.low is 1024 instead of 80"]),
        (kernel.deviations(LOW, ["80"]), [f"{LOW.file} is missing"]),
        (kernel.deviations(LOW, ["80", "net.low = 443"]), [f"{LOW.file} has other content"]),
        (kernel.deviations(LOW, ["80", LINE, "more"]), [f"{LOW.file} has other content"]),
        (kernel.deviations(LOW, []), ["net.low is unknown instead of 80", f"{LOW.file} is missing"]),
        (certificates.deviations([OURS], {}), []),
        (certificates.deviations([OURS], {OURS.certificate: "absent"}), ["/etc/envivo/tls/server.crt is missing"]),
        (certificates.deviations([OURS], {OURS.certificate: "wrong"}),
         ["/etc/envivo/tls/server.crt is not the authority's certificate for v.net"]),
        (images.deviations([IMAGE], {}), ["the image envivo/caddy:2 is not loaded"]),
        (images.deviations([IMAGE], {IMAGE.reference: "sha256:2"}), ["the image envivo/caddy:2 has another id"]),
        ([prune.deviation(TURN, ["/etc/envivo/turn"])],
         ["coturn is no longer configured (/etc/envivo/turn)"]),
    ],
)  # fmt: skip
def test_difference_says_what_is_where(found: Sequence[Difference], said: list[str]) -> None:
    assert [str(one) for one in found] == said


@pytest.mark.parametrize(
    ("subjects", "said"),
    [
        ("a", "a is x"),
        ("aab", "a is x, is x; b is x"),
        ("abc", "a is x; b is x; c is x"),
        ("abcde", "a is x; b is x; c is x and 2 more"),
    ],
)
def test_words_are_three_subjects_and_a_number(subjects: str, said: str) -> None:
    assert words([Difference(one, "is x") for one in subjects]) == said


@pytest.fixture
def host() -> Iterator[Any]:
    logged: list[str] = []
    yield SimpleNamespace(
        name="h", current_op_hash="op", log=logged.append, logged=logged, state=SimpleNamespace(is_executing=False)
    )
    STATED.pop(("h", "op"), None)


def test_reasons_are_shown_and_kept_with_their_operation(host: Any) -> None:
    why = [Difference("curl", "is not installed")]

    because(host, why)
    because(host, why)  # pyinfra runs an operation once to see whether it changes something, and once to do it

    assert host.logged == ["curl is not installed"] * 2
    assert STATED["h", "op"] == Stated(why, [])


@pytest.mark.parametrize(("executes", "logged"), [(False, ["a: b\nc: d"]), (True, [])])
def test_refusal_is_kept_and_a_plan_shows_it(executes: bool, logged: list[str], host: Any) -> None:
    host.state.is_executing = executes
    problems = [Problem("", "a", "b"), Problem("c", "d")]

    with ctx_host.use(host):
        fail_host(*problems)

    assert host.logged == logged
    assert STATED["h", "op"] == Stated([], problems)
