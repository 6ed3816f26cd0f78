"""How much a viewer loads."""

import gzip

import pytest
from playwright.sync_api import expect

from .viewer import Viewer

LIBRARY = "vendor/hls.min.js"
AT_MOST_BYTES = 35_000


def sizes(viewer: Viewer) -> dict[str, int]:
    """What was loaded of the page, compressed as the origin does it."""
    page = {r.url.split("?")[0]: r for r in viewer.responses if r.url.startswith(f"{viewer.origin}/web/")}
    return {url: len(gzip.compress(answer.body(), 6)) for url, answer in page.items()}


def test_page_without_hls_js_is_small_and_comes_at_once(watching: Viewer) -> None:
    first = sizes(watching)
    print(f"{sum(first.values())} bytes in {len(first)} files, compressed")
    assert not any(url.endswith(LIBRARY) for url in first), "hls.js is loaded where WebRTC plays"
    assert sum(first.values()) <= AT_MOST_BYTES
    scripts = {url for url in first if url.endswith(".js")}
    # else the browser learns of its modules one import after another
    words = {url for url in scripts if url.endswith(("/i18n/en.js", "/i18n/es.js"))}
    assert len(words) == 1, "one language"
    named = "() => [...document.querySelectorAll('[rel=modulepreload]')].map(({href}) => href)"
    assert set(watching.page.evaluate(named)) == scripts - words
    large = [r for r in watching.responses if r.url in scripts and int(r.headers.get("content-length", 9999)) > 512]
    assert {r.headers.get("content-encoding") for r in large} <= {"gzip", "zstd"}
    assert len(large) > 10


@pytest.mark.proof
def test_parts_are_loaded_when_they_are_needed(viewer: Viewer) -> None:
    viewer.watch("player.html?mode=hls&numbers=1")
    expect(viewer.page.locator(".numbers dd").first).to_be_visible()
    every = {url: size for url, size in sizes(viewer).items() if not url.endswith(LIBRARY)}
    print(f"{sum(every.values())} bytes in {len(every)} files, compressed, with HLS and numbers")
    web = f"{viewer.origin}/web/"
    assert {f"{web}js/hls/client.js", f"{web}js/stats/stats.js"} <= set(every)
