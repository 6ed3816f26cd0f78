"""How much a viewer loads."""

import gzip

from playwright.sync_api import expect

from .viewer import Viewer

LIBRARY = "vendor/hls.min.js"
AT_MOST_BYTES = 40_000


def test_page_without_hls_js_is_small(viewer: Viewer) -> None:
    viewer.open("player.html")
    viewer.wait_for_state("live")
    first = sizes(viewer)
    print(f"{sum(first.values())} bytes in {len(first)} files, compressed")
    assert not any(url.endswith(LIBRARY) for url in first), "hls.js is loaded where WebRTC plays"
    assert sum(first.values()) <= AT_MOST_BYTES


def test_parts_are_loaded_when_they_are_needed(viewer: Viewer) -> None:
    viewer.open("player.html?mode=hls&numbers=1")
    viewer.wait_for_state("live")
    expect(viewer.page.locator(".numbers dd").first).to_be_visible()
    every = {url: size for url, size in sizes(viewer).items() if not url.endswith(LIBRARY)}
    print(f"{sum(every.values())} bytes in {len(every)} files, compressed, with HLS and numbers")
    assert {"hls_client.js", "numbers.js"} <= {url.rsplit("/", 1)[-1] for url in every}


def test_page_names_its_modules_so_that_they_come_at_once(viewer: Viewer) -> None:
    """Else the browser learns of them one import after another."""
    viewer.open("player.html")
    viewer.wait_for_state("live")
    named = viewer.page.evaluate("() => [...document.querySelectorAll('[rel=modulepreload]')].map(({href}) => href)")
    assert set(named) == {url for url in sizes(viewer) if url.endswith(".js")}


def sizes(viewer: Viewer) -> dict[str, int]:
    """What was loaded of the page, compressed as the origin does it."""
    page = {r.url.split("?")[0]: r for r in viewer.responses if r.url.startswith(f"{viewer.origin}/web/")}
    return {url: len(gzip.compress(answer.body(), 6)) for url, answer in page.items()}


def test_what_can_be_compressed_is_sent_so(viewer: Viewer) -> None:
    viewer.open("player.html")
    viewer.wait_for_state("live")
    scripts = [
        r for r in viewer.responses if r.url.endswith(".js") and int(r.headers.get("content-length", 9999)) > 512
    ]
    assert {r.headers.get("content-encoding") for r in scripts} <= {"gzip", "zstd"}
