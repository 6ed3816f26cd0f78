"""Debian's WebKitGTK: no WebRTC, no autoplay policy, GStreamer. As near to Safari as Debian gets, and not Safari."""

import subprocess
from collections.abc import Callable, Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.patience import patient

from .jumps import JUMP, places_in
from .recording import made
from .shelf import shelf

pytestmark = pytest.mark.proof
MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
MOVES = """
const [done] = [...arguments].slice(-1);
const video = document.querySelector('video');
const from = video.currentTime;
setTimeout(() => done(video.currentTime - from), 2000);
"""


@pytest.fixture(scope="module")
def display(other_browsers: None) -> Iterator[str]:
    server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24"], stdout=subprocess.PIPE)
    assert server.stdout
    yield f":{int(server.stdout.readline())}"
    server.terminate()
    server.wait()


@pytest.fixture
def webkit(display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[webdriver.WebKitGTK]:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")  # tests run as root in containers
    monkeypatch.setenv("LIBGL_ALWAYS_SOFTWARE", "1")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = MINI_BROWSER
    options.add_argument("--automation")
    driver = webdriver.WebKitGTK(options=options)
    driver.set_script_timeout(patient(100))
    yield driver
    driver.quit()


@pytest.fixture
def holds(webkit: webdriver.WebKitGTK) -> Callable[[str], None]:
    """Wait until something is true in the page."""
    wait = WebDriverWait(webkit, patient(25))
    return lambda what: wait.until(lambda driver: driver.execute_script(f"return {what}"), what)


def test_webkit_plays_hls_at_once(webkit: webdriver.WebKitGTK, holds: Callable[[str], None], origin: str) -> None:
    webkit.get(f"{origin}/web/player.html")
    holds("window.envivo?.state === 'live'")
    assert webkit.find_element(By.CSS_SELECTOR, ".badge").text.lower() == "live · ll-hls"
    assert webkit.execute_async_script(MOVES) > 0.5


def test_webkit_without_webrtc_is_told_of_another_way(
    webkit: webdriver.WebKitGTK, holds: Callable[[str], None], origin: str
) -> None:
    webkit.get(f"{origin}/web/player.html?mode=webrtc")
    holds("window.envivo?.reason === 'unsupported'")
    assert "Try another mode below" in webkit.find_element(By.CSS_SELECTOR, "[role=status]").text


def test_webkit_plays_any_place_of_a_recording(webkit: webdriver.WebKitGTK, holds: Callable[[str], None]) -> None:
    with shelf(made(300)) as origin:
        webkit.get(f"{origin}/web/recordings.html?path=webcam")
        holds("document.querySelector('.segments li[data-state] button')")
        webkit.find_element(By.CSS_SELECTOR, ".segments li[data-state] button").click()
        holds("document.querySelector('video').currentTime > 0.5")
        places = places_in(300, 20)
        script = f"const done = arguments[1]; ({JUMP})(arguments[0]).then(done, error => done([String(error)]))"
        assert webkit.execute_async_script(script, [places, patient(10) * 1000]) == [], f"of {places}"
