"""A viewer in a network of the lab: this machine's Chromium in a host's network, with a profile that trusts the lab."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from envivo.waiting import until
from lab import wan
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.viewer import Viewer

ORIGIN = "https://media.envivo.test"


def _trusting(home: Path, authority: Path) -> None:
    """An NSS database of its own: Chromium trusts it for pages and for turns: alike (production.md 1)."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
    trust = ["certutil", "-A", "-d", database, "-n", "lab", "-t", "C,,", "-i", str(authority)]
    subprocess.run(trust, check=True)


@contextmanager
def far_viewer(directory: Path, host: str, authority: Path, viewer: dict[str, str]) -> Iterator[Viewer]:
    """A browser on `host`, whose user has said already who they are (docs/player.md)."""
    home = directory / "home"
    _trusting(home, authority)
    chromium = directory / "chromium"
    # the browser's own sandbox needs what a mount namespace of root does not give, as in all tests
    chromium.write_text(f'#!/bin/sh\nexec {shlex.join(wan.inside(host))} env HOME={home} {CHROMIUM} "$@"\n')
    chromium.chmod(0o700)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            page = browser.new_context(locale="en-US").new_page()
            said = json.dumps(json.dumps(viewer))
            page.add_init_script(f"sessionStorage.setItem('envivo.viewer', {said})")
            yield Viewer(page, ORIGIN)
        finally:
            browser.close()


def play(viewer: Viewer, address: str) -> dict[str, Any]:
    """Opens a page below /web/, waits until pictures move, and returns what the page knows of them.

    Fails unless 30 different pictures were seen, and 30 more decoded since it was live.
    """
    viewer.open(address)
    viewer.wait_for_state("live")
    seen = viewer.stats
    assert viewer.different_frames(30) >= 30
    # the first picture seen was decoded before, and Chromium keeps its statistics for 50 ms: a moment later they tell
    more = until(lambda more: more >= 30, lambda: viewer.stats["framesDecoded"] - seen["framesDecoded"], 1, 0.1)
    assert more >= 30, f"{more} more were decoded"
    return {**seen, "firstFrameMs": viewer.page.evaluate("window.envivo.firstFrameMs")}
