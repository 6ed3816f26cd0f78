"""What verify makes of the answers that come through the owner's proxy, or do not."""

from types import SimpleNamespace
from typing import Any

import pytest

from envivo.inventory import Host, Inventory
from envivo.orchestration.target import places
from envivo.orchestration.verification import checks as planned_checks
from envivo.plan.planning import Plan
from envivo.probes import ProbeError, web
from envivo.remote import RemoteShell
from envivo.roles.media import proxied
from tests.unit.settings.environments import DOMAIN, drafted
from tests.unit.settings.pairs import signed

WEB = {"domain": DOMAIN, "trusted_proxies": ["192.168.1.5"]}


def host(**web: Any) -> Any:
    data = {"settings": drafted(web={**WEB, **web}), "ssh_hostname": "10.0.0.21"}
    found = Host("media1", ("media", "cameras", "lab"), data)
    (place,) = places(Inventory("lab", (found,)), {"media1": RemoteShell(found)})
    return place


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (200, "1796045529123", None),
        (403, "403 Forbidden", "proxy-untrusted"),
        (502, "Bad Gateway", "proxy-elsewhere"),
        (404, "", "proxy-elsewhere"),
        # a page of its own
        (200, "<html>Welcome to nginx!</html>", "proxy-elsewhere"),
        (None, "", "proxy-silent"),
    ],
)
def test_answer_of_the_proxy_tells_what_is_wrong_with_it(
    monkeypatch: pytest.MonkeyPatch, status: int | None, text: str, code: str | None
) -> None:
    asked = []

    def ask(method: str, url: str) -> Any:
        asked.append(url)
        if status is None:
            raise ProbeError(f"GET {url}: connection refused")
        return SimpleNamespace(status_code=status, ok=status == 200, text=text)

    monkeypatch.setattr(web, "ask", ask)
    place = host()
    found = list(proxied.passed_on(place.target(place.settings.media)))

    assert [finding.code for finding in found] == ([code] if code else [])
    assert asked == [f"https://{DOMAIN}/time"]


def test_checks_ask_through_the_proxy_and_for_the_ports_that_are_open() -> None:
    pair = signed(DOMAIN)
    files = {"issuer": "files", "certificate": pair.certificate, "key": pair.key}
    plain, certified = ({check.claim for check in planned_checks([host(tls=tls)], lambda name: Plan(()))}
                        for tls in ({}, files))  # fmt: skip

    assert {f"your proxy passes {DOMAIN} on", "the page is served"} <= plain & certified
    assert {"8554/tcp answers RTSP from here", "1935/tcp answers RTMP from here"} <= plain
    assert {f"{DOMAIN} shows its certificate on 8322", f"{DOMAIN} shows its certificate on 1936"} <= certified
    for claims in (plain, certified):
        assert not {claim for claim in claims if claim.startswith(("80/", "8080/", "8889/", "8888/"))}
        assert not {claim for claim in claims if "resolves to" in claim or claim.endswith("on 443")}
