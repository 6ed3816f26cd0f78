"""Recordings by path and day: seen, played, sought in, taken away; what is broken is told and breaks nothing else."""

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.patience import patient

from .answers import refusing
from .guard import PASSWORD, USER, basic, lock, serve
from .jumps import FILES, JUMP, LISTING, NOON, list_instead, name, places_in, play_made, rows, wait_for
from .lacking import NO_ARIA_REFLECTION
from .recording import ENOUGH, beginning, blanked, fragments, listing, made, unclosed
from .viewer import PATH, Viewer


@pytest.fixture(scope="module")
def recorded(origin: str) -> bytes:
    return beginning(origin)


def position(viewer: Viewer) -> float:
    return float(viewer.page.evaluate("() => document.querySelector('video').currentTime"))


def test_recordings_are_listed_with_length_size_and_picture(viewer: Viewer, origin: str) -> None:
    viewer.open(f"recordings.html?path={PATH}")
    newest = rows(viewer).last
    expect(newest).to_contain_text(re.compile(r"\d+ (secs?|mins?|hrs?).* · [\d.,]+ [kM]B"))
    expect(newest.locator(".badge")).to_have_text("Being recorded")
    newest.scroll_into_view_if_needed()
    expect(viewer.page.locator("li.pictured").last).to_be_visible()
    expect(viewer.status).to_contain_text(re.compile(r"\d+ recordings?, "))
    with viewer.page.expect_download() as download:
        newest.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename in [file["name"] for file in listing(origin)]
    download.value.cancel()
    assert viewer.complaints == []
    assert viewer.violations == []


def test_recording_plays_and_seeks_without_reading_all_of_it(viewer: Viewer, origin: str, recorded: bytes) -> None:
    largest = max(listing(origin), key=lambda file: int(file["size"]))
    begin = re.sub(r"(\d+-\d+-\d+)_(\d+)-(\d+)-(\d+).*", r"\1T\2:\3:\4Z", largest["name"])
    day = datetime.fromisoformat(begin).astimezone().strftime("%Y-%m-%d")
    viewer.open(f"recordings.html?path={PATH}#{day}")
    row = viewer.page.locator("li", has=viewer.page.locator(f"a[download='{largest['name']}']"))
    row.get_by_role("button").click()
    wait_for(viewer, "video.currentTime > 0.5")
    assert viewer.different_frames(10) >= 10
    duration, wanted, sought = viewer.page.evaluate(
        """() => new Promise(done => {
          const video = document.querySelector('video');
          const [duration, wanted] = [video.duration, video.duration * 0.7];
          video.addEventListener('seeked', () => done([duration, wanted, video.currentTime]), {once: true});
          video.currentTime = wanted;
        })"""
    )
    assert sought == pytest.approx(wanted, abs=1)
    assert viewer.different_frames(10) >= 10
    assert position(viewer) > sought
    asked = [request.headers.get("range") for request in viewer.requests if request.url.endswith(largest["name"])]
    assert asked
    assert None not in asked
    assert viewer.complaints == []
    assert viewer.violations == []
    if duration > 120:  # 20 s are read ahead, twice
        script = "() => performance.getEntriesByType('resource').reduce((sum, entry) => sum + entry.transferSize, 0)"
        assert viewer.page.evaluate(script) < largest["size"] / 2


def test_broken_recordings_are_told_and_the_others_play(viewer: Viewer, recorded: bytes) -> None:
    damaged, whole = NOON + timedelta(minutes=10), NOON + timedelta(minutes=20)
    empty = [(NOON + timedelta(minutes=5, seconds=3 * number), 0) for number in range(12)]
    list_instead(viewer, (NOON, ENOUGH), *empty, (damaged, ENOUGH), (whole, ENOUGH))
    serve(viewer.page, re.compile(re.escape(name(NOON))), unclosed(recorded))
    serve(viewer.page, re.compile(re.escape(name(damaged))), bytes(ENOUGH))
    serve(viewer.page, re.compile(re.escape(name(whole))), recorded)
    viewer.open("recordings.html")
    expect(rows(viewer)).to_have_count(3)
    expect(viewer.page.get_by_text("12 empty files")).to_be_visible()
    expect(rows(viewer).nth(0).locator(".badge")).to_have_text("Ended abruptly")
    expect(rows(viewer).nth(1).locator(".badge")).to_have_text("Damaged")
    expect(rows(viewer).nth(2).locator(".badge")).to_be_hidden()

    rows(viewer).nth(1).get_by_role("button").click()
    expect(viewer.page.get_by_role("alert")).to_contain_text("damaged")
    rows(viewer).nth(0).get_by_role("button").click()
    expect(viewer.page.get_by_role("alert")).to_be_hidden()
    wait_for(viewer, "video.currentTime > 0.5")
    assert viewer.different_frames(10) >= 10


@pytest.mark.parametrize(
    ("count", "key_every_s", "hole"),
    [
        (12, 1, (0, 0)),
        pytest.param(60, 1, (120, 124), marks=pytest.mark.proof),
        pytest.param(60, 11, (0, 0), marks=pytest.mark.proof),
    ],
)
def test_any_jump_plays_the_place_that_was_asked_for(
    viewer: Viewer, count: int, key_every_s: int, hole: tuple[int, int]
) -> None:
    """From anywhere to anywhere, backwards and forwards, also while another place is being loaded."""
    body = made(300, key_every_s)
    starts = fragments(body)
    play_made(viewer, blanked(body, starts[hole[0]], starts[hole[1]]))
    places = places_in(300, count, hole)
    assert viewer.page.evaluate(JUMP, [places, patient(10) * 1000]) == [], f"of {places}"
    assert viewer.complaints == []


@pytest.mark.proof
def test_recording_that_is_chosen_while_another_is_loaded_plays(viewer: Viewer) -> None:
    lengths = (60, 80, 100)
    begins = [NOON + timedelta(hours=number) for number in range(len(lengths))]
    list_instead(viewer, *((begin, len(made(seconds))) for begin, seconds in zip(begins, lengths, strict=True)))
    for begin, seconds in zip(begins, lengths, strict=True):
        serve(viewer.page, re.compile(re.escape(name(begin))), made(seconds))
    viewer.open("recordings.html")
    expect(rows(viewer)).to_have_count(len(lengths))
    clicks = "numbers => { for (const n of numbers) document.querySelectorAll('.play-it')[n].click(); }"
    for chosen in ([0, 1, 0, 2], [2, 0], [0, 1]):
        viewer.page.evaluate(clicks, chosen)
        wait_for(viewer, f"Math.abs(video.duration - {lengths[chosen[-1]]}) < 2 && video.currentTime > 0.3")
        expect(rows(viewer).nth(chosen[-1]).get_by_role("button")).to_have_attribute("aria-current", "true")
        expect(viewer.page.locator("[aria-current=true].play-it")).to_have_count(1)
    assert viewer.complaints == []


@pytest.mark.proof
def test_picture_of_a_row_is_tried_once_more(viewer: Viewer) -> None:
    body = made(60)
    list_instead(viewer, (NOON, len(body)))
    serve(viewer.page, FILES, body)
    viewer.page.add_init_script(
        "const play = SourceBuffer.prototype.appendBuffer; let failed = 0;"
        "SourceBuffer.prototype.appendBuffer = function (bytes) {"
        " if (failed++ === 1) throw new DOMException('push', 'AbortError'); play.call(this, bytes); };"
    )
    viewer.open("recordings.html")
    expect(viewer.page.locator("li.pictured")).to_have_count(1)


@pytest.mark.proof
def test_hole_in_a_recording_is_crossed(viewer: Viewer, recorded: bytes) -> None:
    begin, *_, end = fragments(recorded)[3:7]
    list_instead(viewer, (NOON, ENOUGH))
    serve(viewer.page, FILES, blanked(recorded, begin, end))
    viewer.open("recordings.html")
    rows(viewer).first.get_by_role("button").click()
    wait_for(viewer, "video.currentTime > 0.5")
    wait_for(viewer, "video.buffered.length > 1")
    wait_for(viewer, "video.currentTime > video.buffered.start(1) + 0.5")
    assert viewer.different_frames(5) >= 5


@pytest.mark.proof
def test_recording_that_cannot_be_decoded_is_told_when_it_is_played(viewer: Viewer, recorded: bytes) -> None:
    begin, end = fragments(recorded)[3:5]
    frames = recorded.index(b"mdat", begin) + 4  # the boxes of the fragment stay as they are
    list_instead(viewer, (NOON, ENOUGH))
    serve(viewer.page, FILES, blanked(recorded, frames, end))
    viewer.open("recordings.html")
    rows(viewer).first.get_by_role("button").click()
    expect(viewer.page.get_by_role("alert")).to_contain_text("damaged")
    expect(rows(viewer).first.locator(".badge")).to_have_text("Damaged")


@pytest.mark.proof
def test_next_recording_follows(viewer: Viewer, recorded: bytes) -> None:
    second = NOON + timedelta(minutes=10)
    list_instead(viewer, (NOON, ENOUGH), (second, ENOUGH))
    serve(viewer.page, FILES, unclosed(recorded))
    viewer.open("recordings.html")
    expect(rows(viewer).first.locator(".badge")).to_have_text("Ended abruptly")
    rows(viewer).first.get_by_role("button").click()
    wait_for(viewer, "video.currentTime > 0.5")
    viewer.page.evaluate("() => { const v = document.querySelector('video'); v.currentTime = v.duration - 1; }")
    expect(rows(viewer).nth(1).get_by_role("button")).to_have_attribute("aria-current", "true")
    wait_for(viewer, "video.currentTime > 0.5 && !video.paused")


@pytest.mark.proof
def test_locked_recordings_are_shown_once_the_right_words_are_said(viewer: Viewer) -> None:
    asked = lock(viewer.page, LISTING)
    files = lock(viewer.page, FILES)
    viewer.open("recordings.html")
    expect(viewer.page.get_by_role("alert")).to_contain_text(PATH)
    viewer.log_in(USER, "wrong")
    expect(viewer.page.get_by_role("alert")).to_contain_text("not valid for")
    viewer.log_in(USER, PASSWORD)
    rows(viewer).last.get_by_role("button").click()
    wait_for(viewer, "video.currentTime > 0.5")
    assert asked == [None, basic(USER, "wrong"), basic()]
    assert set(files) == {basic()}
    viewer.page.reload()
    expect(rows(viewer).last).to_be_visible()
    assert viewer.violations == []


def test_days_are_chosen_and_the_way_back_leads_to_the_one_before(viewer: Viewer) -> None:
    day_before = NOON - timedelta(days=1)
    list_instead(viewer, (NOON, ENOUGH), (NOON + timedelta(minutes=10), ENOUGH), (day_before, ENOUGH))
    viewer.page.route(FILES, refusing(404))
    viewer.page.add_init_script(NO_ARIA_REFLECTION)
    viewer.open("recordings.html")
    days = viewer.page.get_by_role("navigation", name="Days").get_by_role("link")
    expect(days).to_have_count(2)
    expect(rows(viewer)).to_have_count(2)
    days.nth(1).press("Enter")
    expect(rows(viewer)).to_have_count(1)
    expect(days.nth(1)).to_have_attribute("aria-current", "true")
    expect(days.nth(1)).to_be_focused()
    expect(viewer.status).to_contain_text("1 recording, 10 min")
    expect(rows(viewer).first.locator(".badge")).to_have_text("No longer there")
    viewer.page.go_back()
    expect(rows(viewer)).to_have_count(2)


@pytest.mark.proof
def test_trouble_is_told_and_a_button_asks_again(viewer: Viewer) -> None:
    viewer.page.route(LISTING, refusing(502))
    viewer.open("recordings.html")
    expect(viewer.status).to_contain_text("does not answer")
    viewer.page.unroute(LISTING)
    viewer.page.get_by_role("button", name="Try again").click()
    expect(rows(viewer).last).to_be_visible()


@pytest.mark.proof
def test_path_without_recordings_says_so(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(locale="es-ES")
    viewer.open("recordings.html?path=envivo-browser-test/nobody")
    expect(viewer.status).to_contain_text("No hay grabaciones")
    assert viewer.page.evaluate("() => document.documentElement.lang") == "es"


def test_listing_stays_without_javascript(origin: str) -> None:
    answer = requests.get(f"{origin}/recordings/{PATH}/", headers={"Accept": "text/html"}, timeout=patient(5))
    assert answer.status_code == 200
    assert ".mp4" in answer.text
    part = requests.get(
        f"{origin}/recordings/{PATH}/{listing(origin)[0]['name']}", headers={"Range": "bytes=4-7"}, timeout=patient(5)
    )
    assert (part.status_code, part.content) == (206, b"ftyp")


def test_fragments_are_found_from_anywhere_and_a_cut_beginning_is_no_error(modules: Page, recorded: bytes) -> None:
    script = """async text => {
      const bytes = Uint8Array.from(atob(text), char => char.charCodeAt(0));
      const {fragmentsIn, headOf, wholeIn} = await import('/web/js/recordings/mp4.js');
      const {end, timescales, type} = headOf(bytes);
      const all = fragmentsIn(bytes, timescales);
      const later = fragmentsIn(bytes.subarray(all[1].at + 1), timescales);
      const cut = [0, 8, 40, 400, 700].map(size => headOf(bytes.subarray(0, size))?.seconds ?? null);
      return {type, whole: wholeIn(bytes.subarray(end)), all, later, offset: all[1].at + 1, cut};
    }"""
    found = modules.evaluate(script, base64.b64encode(recorded).decode())
    assert found["type"].startswith('video/mp4; codecs="avc1.')
    assert 0 < found["whole"] < len(recorded)
    times = [one["time"] for one in found["all"]]
    assert times == sorted(times) and len(times) > 2
    assert [one["at"] + found["offset"] for one in found["later"]] == [one["at"] for one in found["all"][2:]]
    assert set(found["cut"]) == {None}
