"""Somebody else's server, page or bookmark: proxies, frames, addresses with a password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import expect

from envivo.render import render
from tests.patience import until
from tests.unit.ports import free_ports

from .bed import ANYBODY, Bed, bed
from .sessions import wait_until_gone
from .studio import publishing
from .test_streams import STREAMS, WAYS
from .viewer import Viewer

PASSWORD = "a-Password-4-ana"
ANA = {"user": "ana", "password": PASSWORD}
FRAMED = "http://localhost"  # another origin than 127.0.0.1, and still this machine


@pytest.fixture(scope="module")
def site() -> int:
    """The port of the other site."""
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory, site: int) -> Iterator[Bed]:
    paths = {"open": ANYBODY, "locked": {**ANYBODY, "viewers": [ANA]}}
    with (
        bed(tmp_path_factory.mktemp("foreign"), paths, origins=[f"{FRAMED}:{site}"]) as made,
        publishing(made.ingest("open"), STREAMS["plain"]),
        publishing(made.ingest("locked"), STREAMS["plain"]),
    ):
        for path in paths:
            made.wait_for(path)
        yield made


@pytest.fixture(scope="module")
def origin(streams: Bed) -> str:
    return streams.origin


ANSWERS: dict[str, Any] = {
    "caddy": {"status": 404},
    "404": {"status": 404, "content_type": "text/html", "body": "<h1>404 Not Found</h1>"},
    "copied": {"status": 404, "content_type": "text/plain", "body": "404 Not Found"},
    "json": {"status": 404, "content_type": "application/json", "body": '{"error": "no stream is available"}'},
    "401": {"status": 401, "headers": {"WWW-Authenticate": "Bearer"}},
    "403": {"status": 403, "body": "blocked by policy"},
    "500": {"status": 500},
    "502": {"status": 502, "body": "<title>502 Bad Gateway</title>"},
    "503": {"status": 503, "body": "down for maintenance"},
    "home page": {"status": 200, "content_type": "text/html", "body": "<!doctype html><title>Home</title>"},
    "empty": {"status": 204},
}
SERVICES = re.compile(r":\d+/(webrtc|hls|api|recordings)/")
UNTRUE = re.compile(
    "Nobody is publishing|no stream called|ended the session|Password|restarting|limit of viewers|no recordings"
)


@pytest.mark.parametrize(
    "answer",
    [pytest.param(name, marks=[] if name == "404" else [pytest.mark.proof]) for name in ANSWERS],
)
@pytest.mark.parametrize("way", [WAYS[0], *(pytest.param(way, marks=pytest.mark.proof) for way in WAYS[1:])])
def test_answer_of_another_server_says_nothing_of_the_stream(viewer: Viewer, way: str, answer: str) -> None:
    viewer.page.route(SERVICES, lambda route: route.fulfill(**ANSWERS[answer]))
    viewer.open(f"{way}path=open")
    viewer.wait_for_reason("foreign")
    expect(viewer.status).to_contain_text("Another server answers")
    assert not UNTRUE.search(viewer.page.locator("main").inner_text())


@pytest.mark.proof
@pytest.mark.parametrize("answer", ANSWERS)
def test_lists_take_no_other_server_for_the_origin(viewer: Viewer, answer: str) -> None:
    viewer.page.route(re.compile("/api/paths/.|/recordings/open/"), lambda route: route.fulfill(**ANSWERS[answer]))
    viewer.open("index.html")
    expect(viewer.page.locator(".card", has_text="open")).to_contain_text("Another server answers")
    viewer.open("recordings.html?path=open")
    expect(viewer.status).to_contain_text("Another server answers")
    assert not UNTRUE.search(viewer.page.locator("main").inner_text())


def test_hls_plays_where_a_proxy_lets_no_post_through(viewer: Viewer) -> None:
    viewer.page.route(re.compile(r":\d+/webrtc/"), lambda route: route.fulfill(status=405, body="Method Not Allowed"))
    viewer.watch("player.html?path=open")
    assert viewer.protocol == "hls"
    assert viewer.different_frames(5) >= 5


@contextmanager
def proxy(directory: Path, rules: str) -> Iterator[str]:
    """Somebody's own Caddy, whose rules these are. Yields its origin."""
    from image_program import image_program

    (port,) = free_ports(1)
    file = directory / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{port} {{\n{rules}\n}}\n")
    program = image_program("caddy", directory)
    environ = {"HOME": str(directory), "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    with (directory / "said").open("wb") as said:
        process = Popen(
            [program, "run", "--config", file, "--adapter", "caddyfile"], stdout=said, stderr=said, env=environ
        )
    try:
        assert until(bool, lambda: b"serving initial configuration" in (directory / "said").read_bytes(), 10, 0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("way", [WAYS[0], pytest.param(WAYS[2], marks=pytest.mark.proof)])
def test_page_plays_below_the_path_of_a_proxy(viewer: Viewer, streams: Bed, tmp_path: Path, way: str) -> None:
    upstream = streams.origin.removeprefix("http://")
    with proxy(tmp_path, f"\thandle_path /cams/* {{\n\t\treverse_proxy {upstream}\n\t}}") as front:
        viewer.page.goto(f"{front}/cams/")
        expect(viewer.page.locator(".card", has_text="open")).to_contain_text("Live")
        viewer.page.goto(f"{front}/cams/web/{way}path=open")
        viewer.wait_for_state("live")
        assert viewer.different_frames(5) >= 5
        assert "foreign" not in viewer.reasons
        asked = [one.url for one in viewer.requests if one.url.startswith(front)]
        assert [url for url in asked if not url.startswith(f"{front}/cams/")] == []
        if viewer.protocol == "webrtc":
            (session,) = viewer.session_urls()  # as the origin itself knows it
            viewer.page.goto("about:blank")
            wait_until_gone(session)


PAGE_ALONE = "\thandle_path /cams/web/* {\n\t\trewrite * /web{uri}\n\t\treverse_proxy UPSTREAM\n\t}"


@pytest.mark.proof
@pytest.mark.parametrize(
    "rules",
    [
        PAGE_ALONE,
        f'{PAGE_ALONE}\n\trespond "404 Not Found" 404',
        "\thandle /web/* {\n\t\treverse_proxy UPSTREAM\n\t}\n\trespond <h1>Home</h1>",
    ],
)
def test_proxy_that_passes_the_page_alone_is_named(viewer: Viewer, streams: Bed, tmp_path: Path, rules: str) -> None:
    with proxy(tmp_path, rules.replace("UPSTREAM", streams.origin.removeprefix("http://"))) as front:
        viewer.page.goto(f"{front}{'/cams' if '/cams' in rules else ''}/web/player.html?path=open")
        viewer.wait_for_reason("foreign")
        expect(viewer.status).to_contain_text("Another server answers")


def with_password(origin: str, password: str = PASSWORD) -> str:
    return origin.replace("http://", f"http://ana:{password}@")


def test_address_with_a_password_opens_every_page(viewer: Viewer, streams: Bed) -> None:
    page = viewer.page
    page.goto(f"{with_password(streams.origin)}/web/")
    for name in ("open", "locked"):
        expect(page.locator(".card", has_text=name)).to_contain_text("Live")
    assert page.url == f"{streams.origin}/web/"
    page.get_by_role("link", name="Watch locked").click()
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5


@pytest.mark.proof
@pytest.mark.parametrize(
    "name", ["player.html?path=locked", "player.html?path=locked&mode=hls", "recordings.html?path=locked#2026-11-30"]
)
def test_address_with_a_password_is_left_behind(viewer: Viewer, streams: Bed, name: str) -> None:
    page = viewer.page
    page.goto(f"{with_password(streams.origin)}/web/{name}")
    page.wait_for_url(f"{streams.origin}/web/{name}")
    if name.startswith("player"):
        viewer.wait_for_state("live")
    else:
        expect(viewer.status).to_contain_text("no recordings")
    links = page.eval_on_selector_all("a", "links => links.map(({href}) => href)")
    asked = [one.url for one in viewer.requests if one.resource_type in ("fetch", "xhr")]
    assert asked
    assert not [url for url in (*links, *asked, page.evaluate("document.baseURI")) if "@" in url]
    page.reload()
    assert page.url == f"{streams.origin}/web/{name}"


@pytest.mark.proof
@pytest.mark.parametrize("name", ["index.html", "player.html?path=locked", "recordings.html?path=locked"])
def test_form_begins_with_what_the_address_said(viewer: Viewer, streams: Bed, name: str) -> None:
    viewer.page.goto(f"{with_password(streams.origin, 'wrong%3Aone')}/web/{name}")
    user, password = (viewer.page.get_by_label(label, exact=True) for label in ("User", "Password"))
    expect(user).to_have_value("ana")
    expect(password).to_have_value("wrong:one")
    viewer.log_in("ana", PASSWORD)
    if name.startswith("player"):
        viewer.wait_for_state("live")
    expect(password).to_be_hidden()


@contextmanager
def other_site(port: int, html: str) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = html.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def embedding(streams: Bed) -> str:
    """A page with the line that `envivo urls` prints."""
    frame = render("clients/frame.html.j2", page=f"{streams.origin}/web/player.html?path=open")
    return f"<!doctype html><title>Ours</title><body>{frame}"


STATE = "() => window.envivo?.state"


def test_named_site_shows_the_player_in_a_frame(viewer: Viewer, streams: Bed, site: int) -> None:
    with other_site(site, embedding(streams)):
        viewer.page.goto(f"{FRAMED}:{site}/")
        framed = viewer.page.frames[-1]
        framed.wait_for_function("() => window.envivo?.state === 'live'")
        assert framed.evaluate("() => document.fullscreenEnabled && !document.querySelector('video').paused")
        viewer.page.frame_locator("iframe").locator("button.full").click()
        framed.wait_for_function("() => document.fullscreenElement !== null")
        framed.evaluate("() => document.exitFullscreen()")
        assert viewer.complaints == []


def test_no_other_site_shows_it(viewer: Viewer, streams: Bed) -> None:
    (port,) = free_ports(1)
    with other_site(port, embedding(streams)):
        with viewer.page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            viewer.page.goto(f"{FRAMED}:{port}/")
        assert viewer.page.frames[-1].evaluate(STATE) is None
