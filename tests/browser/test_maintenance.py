"""`envivo maintenance`: pages say it in the viewer's language in place of pictures, and go on by themselves."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.e2e.lab import Lab

from .viewer import PATH, Viewer

SAY = "back at <b>noon</b>"
TEXT = {"en": "The video is under maintenance.", "es": "El vídeo está en mantenimiento."}
BADGE = {"en": "Maintenance", "es": "En mantenimiento"}


def switch(lab: Lab, *arguments: str) -> None:
    done = lab.envivo("maintenance", lab.env, *arguments, *lab.group_data())
    assert done.returncode == 0, done.stderr


@contextmanager
def announced(lab: Lab, *arguments: str) -> Iterator[None]:
    switch(lab, "on", *arguments)
    try:
        yield
    finally:
        switch(lab, "off")


def expect_said(viewer: Viewer, language: str, say: str = SAY) -> None:
    viewer.wait_for_state("maintenance")
    expect(viewer.status).to_contain_text(BADGE[language])
    expect(viewer.status).to_contain_text(TEXT[language])
    expect(viewer.status).to_contain_text(say)
    expect(viewer.page.locator(".controls")).to_be_hidden()


def test_open_and_new_pages_say_it_and_go_on_by_themselves(
    viewer: Viewer, open_viewer: Callable[..., Viewer], lab: Lab
) -> None:
    viewer.open(f"player.html?path={PATH}")
    viewer.wait_for_state("live")
    listing = open_viewer()
    listing.open("index.html")
    badge = listing.page.locator(".card", has_text=PATH).locator(".badge")
    expect(badge).to_have_text("Live")

    with announced(lab, "--say", SAY):
        expect_said(viewer, "en")
        expect(badge).to_have_text("Maintenance")
        expect(listing.status).to_contain_text(f"under maintenance. It comes back by itself. {SAY}")
        late = open_viewer()
        late.open(f"player.html?path={PATH}&lang=es")
        expect_said(late, "es")
        assert viewer.history[-1]["retryMs"] <= 5000, "patience has a bound"

    for page in (viewer, late):
        page.wait_for_state("live")
        assert page.different_frames(5) >= 5
    assert "error" not in {entry["state"] for entry in viewer.history}, viewer.history
    expect(badge).to_have_text("Live")
    expect(listing.status).to_have_text(re.compile("^$"))


@pytest.mark.proof
def test_hls_that_plays_says_it_too(viewer: Viewer, lab: Lab) -> None:
    viewer.open(f"player.html?path={PATH}&mode=hls&lang=es")
    viewer.wait_for_state("live")
    with announced(lab):
        expect_said(viewer, "es", "")
    viewer.wait_for_state("live")
    assert viewer.different_frames(5) >= 5
