"""Recordings by path and day: seen, played, sought in, taken away; what is broken is told and breaks nothing else."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from .guard import PASSWORD, USER, basic, lock, serve
from .recording import ENOUGH, LENGTH, beginning, blanked, fragments, listing, unclosed
from .test_modules import call
from .viewer import PATH, Viewer

LISTING = re.compile(rf"/recordings/{PATH}/(\?.*)?$")
FILES = re.compile(rf"/recordings/{PATH}/.+\.mp4$")
WITHIN_MS = 20_000


@pytest.fixture(scope="module")
def recorded(origin: str) -> bytes:
    return beginning(origin)


def name(begin: datetime) -> str:
    return f"{begin:%Y-%m-%d_%H-%M-%S}-000000Z.mp4"


NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)


def list_instead(viewer: Viewer, *files: tuple[datetime, int]) -> None:
    """A listing of these files, (begin, size), each of that length."""
    entries = [
        {"name": name(begin), "size": size, "is_dir": False, "mod_time": (begin + LENGTH).isoformat()}
        for begin, size in files
    ]
    viewer.page.route(LISTING, lambda route: route.fulfill(json=entries))


def rows(viewer: Viewer) -> Locator:
    return viewer.page.locator(".segments li[data-state]")


def position(viewer: Viewer) -> float:
    return float(viewer.page.evaluate("() => document.querySelector('video').currentTime"))


def wait_for(viewer: Viewer, what: str) -> None:
    viewer.page.wait_for_function(
        f"() => {{ const video = document.querySelector('video'); return {what} }}", timeout=WITHIN_MS
    )


def test_recordings_are_listed_with_length_size_and_picture(viewer: Viewer) -> None:
    viewer.open(f"recordings.html?path={PATH}")
    newest = rows(viewer).last
    expect(newest).to_contain_text(re.compile(r"\d+ (secs?|mins?|hrs?).* · [\d.,]+ [kM]B"), timeout=WITHIN_MS)
    expect(newest.locator(".badge")).to_have_text("Being recorded")
    newest.scroll_into_view_if_needed()
    expect(viewer.page.locator("li.pictured").last).to_be_visible(timeout=WITHIN_MS)
    expect(viewer.status).to_contain_text(re.compile(r"\d+ recordings?, "))
    assert viewer.complaints == []
    assert viewer.violations == []


def test_recording_plays_and_seeks_without_reading_all_of_it(viewer: Viewer, origin: str) -> None:
    largest = max(listing(origin), key=lambda file: int(file["size"]))
    begin = re.sub(r"(\d+-\d+-\d+)_(\d+)-(\d+)-(\d+).*", r"\1T\2:\3:\4Z", largest["name"])
    day = datetime.fromisoformat(begin).astimezone().strftime("%Y-%m-%d")
    viewer.open(f"recordings.html?path={PATH}#{day}")
    row = viewer.page.locator("li", has=viewer.page.locator(f"a[download='{largest['name']}']"))
    row.get_by_role("button").click()
    wait_for(viewer, "video.currentTime > 0.5")
    assert viewer.different_frames(10) >= 10
    # one that is being recorded becomes longer while it plays
    duration = viewer.page.evaluate(
        "() => { const v = document.querySelector('video'); return (v.currentTime = v.duration * 0.7) / 0.7 }"
    )
    wait_for(viewer, "!video.seeking && video.readyState >= 3")
    sought = position(viewer)
    assert viewer.different_frames(10) >= 10
    assert position(viewer) > sought
    assert duration * 0.69 < position(viewer) < duration * 0.7 + 15
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
    expect(rows(viewer).nth(0).locator(".badge")).to_have_text("Ended abruptly", timeout=WITHIN_MS)
    expect(rows(viewer).nth(1).locator(".badge")).to_have_text("Damaged")
    expect(rows(viewer).nth(2).locator(".badge")).to_be_hidden()

    rows(viewer).nth(1).get_by_role("button").click()
    expect(viewer.page.get_by_role("alert")).to_contain_text("damaged")
    rows(viewer).nth(0).get_by_role("button").click()
    expect(viewer.page.get_by_role("alert")).to_be_hidden()
    wait_for(viewer, "video.currentTime > 0.5")
    assert viewer.different_frames(10) >= 10


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


def test_recording_that_cannot_be_decoded_is_told_when_it_is_played(viewer: Viewer, recorded: bytes) -> None:
    begin, end = fragments(recorded)[3:5]
    frames = recorded.index(b"mdat", begin) + 4  # the boxes of the fragment stay as they are
    list_instead(viewer, (NOON, ENOUGH))
    serve(viewer.page, FILES, blanked(recorded, frames, end))
    viewer.open("recordings.html")
    rows(viewer).first.get_by_role("button").click()
    expect(viewer.page.get_by_role("alert")).to_contain_text("damaged", timeout=WITHIN_MS)
    expect(rows(viewer).first.locator(".badge")).to_have_text("Damaged")


def test_next_recording_follows(viewer: Viewer, recorded: bytes) -> None:
    second = NOON + timedelta(minutes=10)
    list_instead(viewer, (NOON, ENOUGH), (second, ENOUGH))
    serve(viewer.page, FILES, unclosed(recorded))
    viewer.open("recordings.html")
    expect(rows(viewer).first.locator(".badge")).to_have_text("Ended abruptly", timeout=WITHIN_MS)
    rows(viewer).first.get_by_role("button").click()
    wait_for(viewer, "video.currentTime > 0.5")
    viewer.page.evaluate("() => { const v = document.querySelector('video'); v.currentTime = v.duration - 1; }")
    expect(rows(viewer).nth(1).get_by_role("button")).to_have_attribute("aria-current", "true", timeout=WITHIN_MS)
    wait_for(viewer, "video.currentTime > 0.5 && !video.paused")


def test_locked_recordings_are_shown_once_the_right_words_are_said(viewer: Viewer) -> None:
    asked = lock(viewer.page, LISTING)
    files = lock(viewer.page, FILES)
    viewer.open("recordings.html")
    expect(viewer.page.get_by_role("alert")).to_contain_text(PATH)
    viewer.log_in(USER, "wrong")
    expect(viewer.page.get_by_role("alert")).to_contain_text("do not open")
    viewer.log_in(USER, PASSWORD)
    rows(viewer).last.get_by_role("button").click(timeout=WITHIN_MS)
    wait_for(viewer, "video.currentTime > 0.5")
    assert asked == [None, basic(USER, "wrong"), basic()]
    assert set(files) == {basic()}
    viewer.page.reload()
    expect(rows(viewer).last).to_be_visible()
    assert viewer.violations == []


def test_days_are_chosen_and_the_way_back_leads_to_the_one_before(viewer: Viewer) -> None:
    day_before = NOON - timedelta(days=1)
    list_instead(viewer, (NOON, ENOUGH), (NOON + timedelta(minutes=10), ENOUGH), (day_before, ENOUGH))
    viewer.page.route(FILES, lambda route: route.fulfill(status=404))
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


def test_recording_is_downloaded_under_its_name(viewer: Viewer, origin: str) -> None:
    viewer.open("recordings.html")
    with viewer.page.expect_download() as download:
        rows(viewer).last.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename in [file["name"] for file in listing(origin)]
    download.value.cancel()


def test_trouble_is_told_and_a_button_asks_again(viewer: Viewer) -> None:
    viewer.page.route(LISTING, lambda route: route.fulfill(status=502))
    viewer.open("recordings.html")
    expect(viewer.status).to_contain_text("does not answer")
    viewer.page.unroute(LISTING)
    viewer.page.get_by_role("button", name="Try again").click()
    expect(rows(viewer).last).to_be_visible()


def test_path_without_recordings_says_so(open_viewer: Callable[..., Viewer]) -> None:
    viewer = open_viewer(locale="es-ES")
    viewer.open("recordings.html?path=envivo-browser-test/nobody")
    expect(viewer.status).to_contain_text("No hay grabaciones")
    assert viewer.page.evaluate("() => document.documentElement.lang") == "es"


def test_listing_stays_without_javascript(origin: str) -> None:
    answer = requests.get(f"{origin}/recordings/{PATH}/", headers={"Accept": "text/html"}, timeout=5)
    assert answer.status_code == 200
    assert ".mp4" in answer.text
    part = requests.get(
        f"{origin}/recordings/{PATH}/{listing(origin)[0]['name']}", headers={"Range": "bytes=4-7"}, timeout=5
    )
    assert (part.status_code, part.content) == (206, b"ftyp")


@pytest.mark.parametrize(
    ("file", "begin"),
    [
        ("2026-11-22_12-33-59-464932+0100.mp4", "2026-11-22T11:33:59.464Z"),
        ("2026-11-22_11-32-56-092891Z.mp4", "2026-11-22T11:32:56.092Z"),
        ("notes.txt", None),
        ("2026-11-22_11-32-56-092891Z.ts", None),
    ],
)
def test_name_of_a_file_is_when_it_began(modules: Page, file: str, begin: str | None) -> None:
    assert call(modules, "recordings_files.js", "beginOf", file) == begin


def test_only_the_newest_can_be_growing(modules: Page) -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    young = (now - timedelta(seconds=1)).isoformat()
    files = [
        {"name": name(now - timedelta(minutes=minutes)), "size": size, "is_dir": False, "mod_time": young}
        for minutes, size in ((20, 5), (10, 0), (5, 9))
    ]
    script = """async ([files, now]) => {
      const {segmentsOf} = await import('/web/recordings_files.js');
      return segmentsOf(files, 'live/door', new Date(now)).map(({url, state}) => [url, state]);
    }"""
    assert modules.evaluate(script, [files, now.isoformat()]) == [
        ["/recordings/live/door/2026-11-22_11-40-00-000000Z.mp4", "closed"],
        ["/recordings/live/door/2026-11-22_11-50-00-000000Z.mp4", "empty"],
        ["/recordings/live/door/2026-11-22_11-55-00-000000Z.mp4", "growing"],
    ]


@pytest.mark.parametrize("cut", [0, 8, 40, 400, 700])
def test_beginning_that_is_cut_is_no_error(modules: Page, recorded: bytes, cut: int) -> None:
    script = """async bytes => {
      const {headOf} = await import('/web/recordings_boxes.js');
      return headOf(new Uint8Array(bytes))?.seconds ?? null;
    }"""
    assert modules.evaluate(script, list(recorded[:cut])) is None


def test_fragments_are_found_from_anywhere(modules: Page, recorded: bytes) -> None:
    script = """async text => {
      const bytes = Uint8Array.from(atob(text), char => char.charCodeAt(0));
      const {fragmentsIn, headOf, wholeIn} = await import('/web/recordings_boxes.js');
      const {end, timescales, type} = headOf(bytes);
      const all = fragmentsIn(bytes, timescales);
      const later = fragmentsIn(bytes.subarray(all[1].at + 1), timescales);
      return {type, whole: wholeIn(bytes.subarray(end)), all, later, offset: all[1].at + 1};
    }"""
    found = modules.evaluate(script, base64.b64encode(recorded).decode())
    assert found["type"].startswith('video/mp4; codecs="avc1.')
    assert 0 < found["whole"] < len(recorded)
    times = [one["time"] for one in found["all"]]
    assert times == sorted(times) and len(times) > 2
    assert [one["at"] + found["offset"] for one in found["later"]] == [one["at"] for one in found["all"][2:]]
