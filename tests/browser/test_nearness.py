"""What the page does to be near: which address it tries first, which track waits for which, how fast it plays."""

import re

import pytest
from playwright.sync_api import Page

from .test_modules import call

ANSWER = (
    "v=0\r\na=candidate:1 1 udp 9 127.0.0.1 8189 typ host\r\na=candidate:2 1 udp 9 172.17.0.1 8189 typ host\r\n"
    + (
        "a=candidate:3 1 udp 9 10.0.0.1 8189 typ host\r\na=candidate:4 1 tcp 8 10.0.0.1 8189 typ host\r\n"
        "a=end-of-candidates\r\n"
    )
)


@pytest.mark.parametrize(
    ("host", "order"),
    [
        ("10.0.0.1", ["3", "4", "2", "1"]),
        ("172.17.0.1", ["2", "3", "4", "1"]),
        ("video.example.org", ["2", "3", "4", "1"]),
        ("localhost", ["1", "2", "3", "4"]),
        ("127.0.0.1", ["1", "2", "3", "4"]),
        ("[::1]", ["1", "2", "3", "4"]),
    ],
)
def test_address_of_the_page_is_tried_first_and_loopback_last(modules: Page, host: str, order: list[str]) -> None:
    sorted_ = call(modules, "signalling.js", "nearestFirst", ANSWER, host)
    assert re.findall(r"candidate:(\d)", sorted_) == order
    assert sorted(sorted_.splitlines()) == sorted(ANSWER.splitlines())
    assert sorted_.startswith("v=0\r\na=candidate")
    assert sorted_.endswith("\r\na=end-of-candidates\r\n")


def test_address_of_the_page_may_be_of_ipv6(modules: Page) -> None:
    answer = ANSWER.replace("172.17.0.1", "2001:db8::5")
    sorted_ = call(modules, "signalling.js", "nearestFirst", answer, "[2001:db8::5]")
    assert re.findall(r"candidate:(\d)", sorted_) == ["2", "3", "4", "1"]
    other = call(modules, "signalling.js", "nearestFirst", answer, "10.0.0.1")
    assert re.findall(r"candidate:(\d)", other) == ["3", "4", "2", "1"]


def test_answer_without_candidates_stays_as_it_is(modules: Page) -> None:
    assert call(modules, "signalling.js", "nearestFirst", "v=0\r\n", "10.0.0.1") == "v=0\r\n"


def test_each_track_has_a_stream_of_its_own(modules: Page) -> None:
    answer = "a=msid:stream video\r\na=x\r\na=msid:stream audio\r\n"
    told = call(modules, "signalling.js", "unsynchronised", answer)
    assert told == "a=msid:stream-0 video\r\na=x\r\na=msid:stream-1 audio\r\n"


@pytest.mark.parametrize(
    ("excess", "fast", "rate"),
    [
        (-1, False, 1),
        (0.05, False, 1),
        (0.05, True, 1.05),  # what was begun is finished
        (0.2, False, 1.05),
        (0.5, False, 1.1),
        (2, False, 1.25),
        (0, True, 1),
    ],
)
def test_what_lies_ahead_decides_how_fast_it_is_played(modules: Page, excess: float, fast: bool, rate: float) -> None:
    assert call(modules, "chase.js", "rateFor", excess, fast) == rate


# In place of hls.js: tells of parts that were buffered, as [second of play, type, sn, index].
_TRIM = """
async (told) => {
  const {trimPlayed} = await import('/web/hls_trim.js');
  const names = ['LEVEL_LOADED', 'AUDIO_TRACK_LOADED', 'FRAG_BUFFERED', 'BUFFER_FLUSHING'];
  const Hls = {Events: Object.fromEntries(names.map((name) => [name, name]))};
  const heard = {}, flushed = [], video = {currentTime: 0};
  const hls = {on: (name, hear) => (heard[name] = hear), trigger: (name, data) => flushed.push([name, data])};
  trimPlayed(hls, Hls, video);
  const details = {partList: [4, 5].map((index) => ({fragment: {sn: 7}, index}))};
  heard.LEVEL_LOADED('', {details});
  heard.AUDIO_TRACK_LOADED('', {details});
  for (const [second, type, sn, index] of told) {
    video.currentTime = second;
    heard.FRAG_BUFFERED('', {frag: {type, sn}, part: index === null ? null : {index}});
  }
  return flushed.map(([name, {startOffset, endOffset, type}]) => [name, startOffset, endOffset, type]);
}
"""


@pytest.mark.parametrize(
    ("buffered", "flushed"),
    [
        ([(59, "main", 7, 5)], []),  # 30 s are kept, and 30 s at least are taken at once
        ([(60, "main", 7, 5)], [("video", 30)]),
        ([(60, "main", 7, 4)], []),  # the next part is there already
        ([(60, "main", 6, 5)], []),
        ([(60, "audio", 7, 5)], [("audio", 30)]),
        ([(60, "main", 7, 5), (89, "main", 7, 5), (90, "main", 7, 5)], [("video", 30), ("video", 60)]),
        ([(60, "main", 7, 5), (61, "audio", 7, 5)], [("video", 30), ("audio", 31)]),
        ([(60, "main", 3, None)], [("video", 30)]),  # whole segments, of HLS that is not low-latency
    ],
)
def test_what_was_played_is_forgotten_while_no_part_is_under_way(
    modules: Page, buffered: list[tuple[int, str, int, int | None]], flushed: list[tuple[str, int]]
) -> None:
    done = modules.evaluate(_TRIM, buffered)
    assert [tuple(one) for one in done] == [("BUFFER_FLUSHING", 0, end, type_) for type_, end in flushed]
