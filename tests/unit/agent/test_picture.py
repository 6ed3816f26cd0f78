"""A picture that is turned, mirrored and cropped: sizes, refusals, and the frames of real GStreamer."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from envivo_agent.config import ConfigError, parse
from envivo_agent.encoders import ENCODERS
from envivo_agent.ipcam import plan as ipcam_plan
from envivo_agent.ipcam.carriage import carriage
from envivo_agent.ipcam.sdp import Track
from envivo_agent.modes import MJPEG, Mode
from envivo_agent.overlay import CORNERS
from envivo_agent.picture import TURNS, Picture

from tests.unit.agent.live import lacks
from tests.unit.agent.plans import CLIP, Document, encoder, made
from tests.unit.agent.taken import raw_source, taken

CAMERA = {"kind": "v4l2", "device": "/dev/video0", "format": "auto"}
IP_CAMERA = {"kind": "rtsp", "url": "rtsp://cam/main", "user": "", "password": "", "mode": "auto"}
BLANK = {"text": "", "clock": False, "corner": "top-left"}
UNCUT = {"left": 0, "top": 0, "right": 0, "bottom": 0}


def changed(document: Document, source: Document, **wanted: Any) -> Document:
    crop = {**UNCUT, **wanted.pop("crop", {})}
    overlay = {**BLANK, **wanted.pop("overlay", {})}
    picture = {"rotate": 0, "mirror": False, **wanted, "crop": crop, "overlay": overlay}
    return {**document, "source": source, "picture": picture}


@pytest.mark.parametrize(
    ("wanted", "published", "of_camera"),
    [
        ({"rotate": 180, "mirror": True}, (1280, 720), (1280, 720)),
        ({"rotate": 90}, (1280, 720), (720, 1280)),
        ({"crop": {"left": 100, "bottom": 20}}, (1180, 700), (1280, 720)),
        ({"rotate": 270, "crop": {"right": 100, "top": 20}}, (1180, 700), (720, 1280)),
    ],
)
def test_size_of_the_configuration_is_after_turning_and_before_cropping(
    document: Document, wanted: Document, published: tuple[int, int], of_camera: tuple[int, int]
) -> None:
    config = parse(json.dumps(changed(document, CAMERA, **wanted)))
    assert (config.video.width, config.video.height) == published
    assert config.camera_size == of_camera


ENCODED = "picture: a picture that is published as the camera encodes it is not turned, mirrored, cropped or written on"


@pytest.mark.parametrize(
    ("source", "wanted", "problem"),
    [
        ({"kind": "test"}, {"rotate": 90}, "picture: the test picture is not turned, mirrored, cropped or written on"),
        ({**CAMERA, "format": "h264"}, {"mirror": True},
         ENCODED),
        ({**IP_CAMERA, "mode": "passthrough"}, {"crop": {"top": 8}},
         ENCODED),
        (CAMERA, {"crop": {"left": 600, "right": 600}},
         "picture: crop must leave at least 160x90, leaves 80x720 of 1280x720"),
        (CLIP, {"crop": {"top": 722}}, "picture: crop must leave at least 160x90, leaves 1280x-2 of 1280x720"),
        ({**CAMERA, "format": "h264"}, {"overlay": {"clock": True}},
         ENCODED),
        (CAMERA, {"overlay": {"text": "x" * 81}},
         f'picture.overlay.text: must be at most 80 printable characters, or empty, is "{"x" * 39}...{"x" * 26}"'),
        (CAMERA, {"overlay": {"text": "two\nlines"}},
         'picture.overlay.text: must be at most 80 printable characters, or empty, is "two\\nlines"'),
        (CAMERA, {"overlay": {"corner": "middle"}},
         "picture.overlay.corner: must be one of top-left, top-right, bottom-left, bottom-right, is \"middle\""),
        (CAMERA, {"rotate": 45}, "picture.rotate: must be one of 0, 90, 180, 270, is 45"),
        (CAMERA, {"crop": {"top": 7}}, "picture.crop.top: must be an even number from 0 to 3680, is 7"),
        (CAMERA, {"crop": {"middle": 2}},
         "picture.crop.middle: is not a known key: known keys: left, top, right, bottom"),
    ],
)  # fmt: skip
def test_picture_that_cannot_be_is_refused_in_words(
    document: Document, source: Document, wanted: Document, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(json.dumps(changed(document, source, **wanted)))
    assert caught.value.problems == [problem]


@pytest.mark.parametrize(
    "source", [{"kind": "test"}, {**CAMERA, "format": "h264"}, {**IP_CAMERA, "mode": "passthrough"}]
)
def test_picture_that_stays_as_it_is_is_taken_of_every_source(document: Document, source: Document) -> None:
    plain = parse(json.dumps({**document, "source": source}))
    assert parse(json.dumps(changed(document, source))) == plain


def test_ip_camera_whose_picture_is_changed_is_transcoded(document: Document) -> None:
    config = parse(json.dumps(changed(document, IP_CAMERA, rotate=90, crop={"top": 20})))
    tracks = [Track(0, "video", "H264")]
    carried = carriage(tracks, "cam", config.source.mode, False, 30, "")
    assert not carried.passes
    coder = encoder()
    made_plan = ipcam_plan.plan(config, carried, coder, frozenset(coder.settings(config.video)), audible=False)
    assert made_plan.capture is not None
    wanted = (
        "videoconvert ! videoscale ! video/x-raw,format=I420,width=720,height=1280 ! videoflip video-direction=90r"
        " ! videocrop top=20 ! video/x-raw,format=I420,width=1280,height=700 ! appsink"
    )
    assert wanted in made_plan.capture.description
    assert "caps=video/x-raw,format=I420,width=1280,height=700,framerate=30/1" in made_plan.publisher.description


def test_elements_of_a_picture_are_those_that_it_needs() -> None:
    assert Picture().elements == ""
    assert Picture(mirror=True).elements == "videoflip video-direction=horiz"
    assert Picture(left=2, bottom=4).elements == "videocrop left=2 bottom=4"


WIDTH, HEIGHT, LIGHT, DARK, GREY = 320, 256, 220, 40, 130
CORNER = 64


def _marked() -> list[list[int]]:
    """Grey, with a light corner top left and a dark one top right."""
    top = [LIGHT] * CORNER + [GREY] * (WIDTH - 2 * CORNER) + [DARK] * CORNER
    return [list(top) for _ in range(CORNER)] + [[GREY] * WIDTH for _ in range(HEIGHT - CORNER)]


def _turned(rows: list[list[int]], rotate: int, mirror: bool) -> list[list[int]]:
    for _ in range(rotate // 90):
        rows = [list(column) for column in zip(*reversed(rows), strict=True)]
    return [list(reversed(row)) for row in rows] if mirror else rows


@pytest.mark.parametrize("source", [CAMERA, CLIP], ids=["camera", "clip"])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotate", TURNS)
@pytest.mark.usefixtures("installed")
def test_frames_are_turned_then_mirrored_then_cropped(
    document: Document, tmp_path: Path, rotate: int, mirror: bool, source: Document
) -> None:
    crop = {"left": 16, "top": 32, "right": 8, "bottom": 2}
    expected = _turned(_marked(), rotate, mirror)
    expected = [row[16 : len(row) - 8] for row in expected[32 : len(expected) - 2]]
    width, height = (HEIGHT, WIDTH) if rotate in (90, 270) else (WIDTH, HEIGHT)
    document["video"].update(width=width, height=height)
    wanted = changed(document, source, rotate=rotate, mirror=mirror, crop=crop)
    plan = made(wanted, mode=Mode("yu12", WIDTH, HEIGHT, Fraction(30)) if source is CAMERA else None)
    frame = taken(plan, raw_source(tmp_path / "picture", _marked()), width - 24, height - 34)
    for x in range(0, frame.width, 8):
        for y in range(0, frame.height, 6):
            assert frame.luma(x, y) == expected[y][x], (x, y)


@pytest.mark.parametrize("clock", [False, True], ids=["text", "text and clock"])
@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.usefixtures("installed")
def test_frames_are_written_on_in_that_corner(document: Document, tmp_path: Path, corner: str, clock: bool) -> None:
    """After turning, and with characters that Pango would take for markup."""
    if absent := lacks("textoverlay"):
        pytest.fail(f"not installed: {absent}: run ./setup.sh tests")
    document["video"].update(width=720, height=960)
    overlay = {"text": "a<b>c & d", "clock": clock, "corner": corner}
    plan = made(changed(document, CAMERA, rotate=90, overlay=overlay), mode=Mode("yu12", 960, 720, Fraction(30)))
    frame = taken(plan, raw_source(tmp_path / "picture", [[GREY] * 960 for _ in range(720)]), 720, 960)
    lit = {(x, y) for x in range(frame.width) for y in range(frame.height) if frame.luma(x, y) > GREY + 60}
    vertical, horizontal = corner.split("-")
    assert len(lit) > 50
    assert all((y < frame.height / 3) is (vertical == "top") for _, y in lit)
    across = [x for x, _ in lit]
    assert (min(across) < 60) if horizontal == "left" else (max(across) > frame.width - 60)


def test_text_of_an_overlay_is_no_part_of_the_description(document: Document) -> None:
    words = 'x ! fakesink "name=%H" </b>'
    plan = made(changed(document, CLIP, overlay={"text": words, "clock": True}))
    assert plan.capture is not None
    assert "fakesink" not in plan.capture.description
    assert " ! clockoverlay name=overlay valignment=top halignment=left " in plan.capture.description
    values = {one.name: one.value for one in plan.capture.properties if one.element == "overlay"}
    assert values == {"text": words.replace("<", "&lt;").replace(">", "&gt;"), "time-format": "%Y-%m-%d %H:%M:%S"}


def test_ip_camera_that_is_written_on_is_transcoded(document: Document) -> None:
    config = parse(json.dumps(changed(document, IP_CAMERA, overlay={"text": "Gate"})))
    assert config.source.mode == "transcode"
    coder = encoder()
    carried = carriage([Track(0, "video", "H264")], "cam", config.source.mode, False, 30, "")
    plan = ipcam_plan.plan(config, carried, coder, frozenset(coder.settings(config.video)), audible=False)
    assert plan.capture is not None
    assert ("overlay", "text", "Gate") in {(one.element, one.name, one.value) for one in plan.capture.properties}


@pytest.mark.parametrize("element", sorted({one.element for one in ENCODERS}))
def test_plan_of_a_camera_that_is_not_changed_has_no_element_more(document: Document, element: str) -> None:
    mode = Mode(MJPEG, 1280, 720, Fraction(30))
    plain, same = {**document, "source": CAMERA}, changed(document, CAMERA)
    assert made(plain, element, mode) == made(same, element, mode)
    turned = made(changed(document, CAMERA, mirror=True), element, mode)
    assert turned.capture is not None and turned.publisher == made(plain, element, mode).publisher
    text = turned.capture.description
    form = encoder(element).raw
    size = f"video/x-raw,format={form},width=1280,height=720"
    assert f"videoconvert ! {size} ! videoflip video-direction=horiz ! {size} ! appsink" in text
    assert {"videoflip"} == set(turned.factories) - set(made(plain, element, mode).factories)
