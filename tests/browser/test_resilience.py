"""What interrupts a viewer and passes: pictures come back without a reload. The lab's own faults: test_recovery.py."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from .answers import OWN
from .lacking import FROZEN_DECODER
from .sessions import wait_until_gone
from .test_trouble import SESSION, SIGNALLING
from .viewer import Viewer


def back(viewer: Viewer, since: float) -> None:
    """Wait for pictures, and print after how many seconds they came."""
    viewer.wait_for_state("live")
    print(f"pictures after {time.monotonic() - since:.2f} s")
    assert viewer.different_frames(5) >= 5


def test_session_that_the_server_ended(watching: Viewer) -> None:
    first, sessions, began = watching.first_frame_ms, watching.session_urls(), time.time()
    wait_until_gone(sessions[-1], end_it=True)
    ended = time.monotonic()
    watching.wait_for_reason("ended")
    back(watching, ended)
    assert watching.reasons_since(began)[0] == "ended"  # noticed by the hang-up, before anything stood still for long
    assert len(watching.session_urls()) == len(sessions) + 1
    assert watching.first_frame_ms == first


def test_network_that_was_away(watching: Viewer) -> None:
    """The session dies meanwhile; nobody can be asked for another until the network is back."""
    sessions = watching.session_urls()
    watching.page.context.set_offline(True)
    wait_until_gone(sessions[-1], end_it=True)
    watching.wait_for_reason("unreachable")
    expect(watching.status).to_contain_text("cannot be reached")
    watching.page.context.set_offline(False)
    back(watching, time.monotonic())
    assert len(watching.session_urls()) == len(sessions) + 1


@pytest.mark.proof
def test_network_that_was_away_under_hls(viewer: Viewer) -> None:
    viewer.watch("player.html?mode=hls")
    viewer.page.context.set_offline(True)
    viewer.page.wait_for_function("() => window.envivo.state !== 'live'")
    viewer.page.context.set_offline(False)
    back(viewer, time.monotonic())


@pytest.mark.proof
def test_tab_that_slept(watching: Viewer) -> None:
    """Frozen by the browser, as tabs are that nobody looks at: no script runs, and the session ends."""
    control = watching.page.context.new_cdp_session(watching.page)
    control.send("Page.setWebLifecycleState", {"state": "frozen"})
    wait_until_gone(watching.session_urls()[0], end_it=True)
    control.send("Page.setWebLifecycleState", {"state": "active"})
    woken = time.monotonic()
    watching.wait_for_reason("ended")
    back(watching, woken)


@pytest.mark.proof
def test_picture_that_stands_still_is_called_frozen_and_the_session_kept(
    frozen_decoder: Callable[[bool], None], watching: Viewer
) -> None:
    frozen_decoder(True)
    watching.wait_for_state("frozen")
    expect(watching.status).to_contain_text("Frozen")
    expect(watching.status).to_contain_text("is frozen")
    asked = [r for r in watching.requests if SESSION.search(r.url) and r.method == "PATCH" and not r.post_data]
    assert asked
    frozen_decoder(False)
    back(watching, time.monotonic())
    if "no-picture" not in watching.reasons:  # said after 12 s, should this machine have needed them
        assert len(watching.session_urls()) == 1


@pytest.mark.proof
def test_server_that_restarts_is_noticed_by_its_answer(
    frozen_decoder: Callable[[bool], None], watching: Viewer
) -> None:
    """A server that was killed says nothing: the picture stands still, and the question meets Caddy alone."""
    restarting = True

    def answer(route: Route) -> None:
        if restarting:
            route.fulfill(status=502, headers=OWN)
        else:
            route.continue_()

    watching.page.route(SESSION, answer)
    watching.page.route(SIGNALLING, answer)
    stopped = time.monotonic()
    frozen_decoder(True)
    watching.wait_for_reason("restarting")
    print(f"noticed after {time.monotonic() - stopped:.2f} s")
    assert watching.reasons[0] == "restarting"  # by the answer, before the silence alone said anything
    frozen_decoder(False)
    restarting = False
    back(watching, time.monotonic())


@pytest.fixture
def frozen_decoder(viewer: Viewer) -> Callable[[bool], None]:
    """frozen_decoder(True): from now on the browser says that it decodes nothing, as it does when nothing arrives."""
    viewer.page.add_init_script(FROZEN_DECODER)

    def freeze(on: bool) -> None:
        viewer.page.evaluate("on => window.freeze(on)", on)

    return freeze
