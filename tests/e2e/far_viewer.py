"""A viewer in a network of the lab: this machine's Chromium in a host's network, with a profile that trusts the lab."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from envivo.lab import wan
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.viewer import Viewer
from tests.patience import until

ORIGIN = "https://media.envivo.test"
FRAMES = 30


def _trusting(home: Path, authority: Path) -> None:
    """An NSS database of its own: Chromium trusts it for pages and for turns: alike.

    docs/notes/browsers.md#whom-chromium-trusts
    """
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
    trust = ["certutil", "-A", "-d", database, "-n", "lab", "-t", "C,,", "-i", str(authority)]
    subprocess.run(trust, check=True)


@contextmanager
def far_browser(directory: Path, host: str, authority: Path) -> Iterator[Browser]:
    """A browser on `host`, until that host's next start. One at a time: it runs the synchronous Playwright."""
    home = directory / "home"
    _trusting(home, authority)
    chromium = directory / "chromium"
    # the browser's own sandbox needs what a mount namespace of root does not give, as in all tests
    chromium.write_text(f'#!/bin/sh\nexec {shlex.join(wan.inside(host))} env HOME={home} {CHROMIUM} "$@"\n')
    chromium.chmod(0o700)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def far_viewer(browser: Browser, login: dict[str, str]) -> Iterator[Viewer]:
    """A profile of its own, whose user has said already who they are (docs/explanation/player.md)."""
    with browser.new_context(locale="en-US") as context:
        page = context.new_page()
        page.add_init_script(f"sessionStorage.setItem('envivo.viewer', {json.dumps(json.dumps(login))})")
        yield Viewer(page, ORIGIN)


def decoded(viewer: Viewer) -> int:
    """Frames since the session began; 0 where there is none."""
    return int((viewer.stats or {}).get("framesDecoded", 0))


def decodes_more(viewer: Viewer, frames: int = FRAMES) -> None:
    """Fails unless that many are decoded from now on."""
    before = decoded(viewer)
    more = until(lambda more: more >= frames, lambda: decoded(viewer) - before, frames / 3)
    assert more >= frames, f"{more} more were decoded: {viewer.history}"


def play(viewer: Viewer, address: str) -> dict[str, Any]:
    """Opens a page below /web/, waits until pictures move, and returns what the page knows of them.

    Fails unless FRAMES different pictures were seen, and as many more decoded.
    """
    viewer.open(address)
    viewer.wait_for_state("live")
    seen = viewer.stats
    assert viewer.different_frames(FRAMES) >= FRAMES
    decodes_more(viewer)
    return {**seen, "firstFrameMs": viewer.first_frame_ms}
