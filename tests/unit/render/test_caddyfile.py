"""The Caddyfile as the deploy renders it. That Caddy takes it and what it answers is proved in the lab (tests/e2e)."""

import json
import re
from typing import Any

import pytest

from envivo.roles.media import desired
from envivo.state.desired import ServiceConfig
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import PASSWORD, lab


def config(**more: Any) -> ServiceConfig:
    return desired.caddy_config(lab(**more).media, ARTIFACTS)


def test_caddyfile_serves_the_ports_of_the_settings() -> None:
    assert "\n:8080 {\n" in config().content
    other = config(web={"port": 8181, "health_port": 8182}).content
    assert "\n:8181 {\n" in other and "\nhttp://127.0.0.1:8182 {\n" in other


def test_caddyfile_leads_to_mediamtx_where_it_listens() -> None:
    content = config(mediamtx={"webrtc": {"port": 18889}, "hls": {"port": 18888}}).content

    assert content.count("reverse_proxy 127.0.0.1:18889 {") == 1
    assert content.count("reverse_proxy 127.0.0.1:18888 {") == 1
    assert ":8889" not in content and ":8888" not in content


def test_caddyfile_asks_the_api_where_it_listens_and_as_the_monitor() -> None:
    content = config(mediamtx={"api_port": 19997}).content

    assert content.count("reverse_proxy 127.0.0.1:19997\n") == 1
    assert ":9997" not in content
    assert f'request_header Authorization "Bearer monitor:{PASSWORD}"' in content


def test_api_names_the_paths_of_the_settings_but_those_that_are_not_listed() -> None:
    open_path = {"anonymous_publishing": True}
    viewer = {"user": "ana", "password": PASSWORD}
    paths = {
        "live/door": {**open_path, "viewers": [viewer]},
        "hall": {**open_path, "recordings": [viewer]},
        "secret": {**open_path, "listed": False},
    }
    content = config(mediamtx={"paths": paths}).content

    (said,) = re.findall(r"handle @paths {\s+respond `(.*)`", content)
    assert json.loads(said) == [
        {"name": "webcam", "locked": False, "recordings_locked": False},
        {"name": "live/door", "locked": True, "recordings_locked": True},
        {"name": "hall", "locked": False, "recordings_locked": True},
    ]
    assert re.findall(r"@status\d+ path (\S+)", content) == [
        f"/api/paths/{name}" for name in ("webcam", "live/door", "hall", "secret")
    ]


@pytest.mark.parametrize("origins", [[], ["https://www.company.net"], ["http://intranet:8080", "https://a.net"]])
def test_only_the_named_sites_may_show_the_page_in_a_frame(origins: list[str]) -> None:
    content = config(web={"origins": origins}).content
    (policy,) = re.findall(r'Content-Security-Policy "(.*)"', content)
    assert policy.split("; ")[-1].split() == ["frame-ancestors", "'self'", *origins]
    assert "X-Frame-Options" not in content


def test_redirects_hold_below_the_path_of_a_proxy() -> None:
    targets = re.findall(r"\tredir \S+ (\S+)", config().content)
    assert targets and not [target for target in targets if target.startswith("/")]


def test_caddyfile_answers_with_its_own_revision() -> None:
    its = config()

    assert f'respond /healthz "{its.revision}"' in its.content


@pytest.mark.parametrize(
    "more", [{"mediamtx": {"rtmp_port": 1936}}, {"mediamtx": {"hls": {"segment_count": 8}}}, {"cameras": {}}]
)
def test_revision_is_untouched_by_what_caddy_does_not_see(more: dict[str, Any]) -> None:
    assert config(**more) == config()
