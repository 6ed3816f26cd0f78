"""Which mode of a camera is taken. The caps are what v4l2src tells of real and virtual cameras."""

from fractions import Fraction

import pytest
from envivo_agent.modes import GREY, H264, MJPEG, RAW, YUYV, Mode, Offer, choose, lacking, listed, offers

HEAD = "pixel-aspect-ratio=(fraction)1/1"
UVC = "; ".join(
    f"{media}, width=(int){width}, height=(int){height}, {HEAD}, framerate=(fraction){rates}"
    for media, width, height, rates in [
        ("video/x-raw, format=(string)YUY2", 640, 480, "{ 30/1, 24/1, 15/1, 10/1, 15/2, 5/1 }"),
        ("video/x-raw, format=(string)YUY2", 1280, 720, "{ 10/1, 15/2, 5/1 }"),
        ("video/x-raw, format=(string)YUY2", 1920, 1080, "5/1"),
        ("image/jpeg, parsed=(boolean)true", 640, 480, "{ 60/1, 30/1, 15/1 }"),
        ("image/jpeg, parsed=(boolean)true", 1280, 720, "{ 60/1, 30000/1001, 30/1, 15/1 }"),
        ("image/jpeg, parsed=(boolean)true", 1920, 1080, "30/1"),
        ("video/x-h264, stream-format=(string)byte-stream, alignment=(string)au", 1280, 720, "{ 30/1, 15/1 }"),
    ]
)
RANGES = (
    "video/x-raw, format=(string)YUY2, width=(int)[ 160, 1920, 8 ], height=(int)[ 90, 1080, 2 ],"
    f" framerate=(fraction)[ 1/1, 60/1 ], {HEAD};"
    " image/jpeg, width=(int)[ 16, 4096 ], height=(int)[ 16, 4096 ], framerate=(fraction)[ 0/1, 2147483647/1 ]"
)
OTHERS = (
    "video/x-raw, format=(string)GRAY16_LE, width=(int)640, height=(int)480, framerate=(fraction)30/1;"
    " video/x-bayer, format=(string)bggr, width=(int)640, height=(int)480, framerate=(fraction)30/1;"
    " video/x-h265, width=(int)640, height=(int)480, framerate=(fraction)30/1"
)
RECORDED = (  # of vivid, by GStreamer 1.26 on Debian 13, shortened; the first as another driver tells it
    "video/x-raw(memory:DMABuf), format=(string)YUY2, width=(int)640, height=(int)480, framerate=(fraction)90/1;"
    " video/x-raw(memory:DMABuf), format=(string)DMA_DRM, drm-format=(string){ YUYV, UYVY }, width=(int)320,"
    f" height=(int)180, {HEAD}, framerate=(fraction){{ 1/1, 60/1 }};"
    " video/x-raw, format=(string){ YUY2, UYVY, NV12, Y42B }, width=(int)320, height=(int)180,"
    f" {HEAD}, framerate=(fraction){{ 1/1, 5/1, 25/2 }};"
    " video/x-raw, format=(string){ NV12, UYVY, YUY2 }, width=(int)640, height=(int){ 480, 360 },"
    f" {HEAD}, framerate=(fraction){{ 1/1, 120/1 }}"
)


def test_offers_are_found_in_lists_of_formats_and_sizes_but_not_in_the_memory_of_a_device() -> None:
    assert offers(RECORDED, 320, 180, 5) == [
        *(Offer(form, 320, 180, _fractions(12.5, 5, 1)) for form in (YUYV, "uyvy", "nv12", "422p")),
        *(Offer(form, 640, height, _fractions(120, 1)) for form in ("nv12", "uyvy", YUYV) for height in (480, 360)),
    ]


def _fractions(*rates: float) -> tuple[Fraction, ...]:
    return tuple(Fraction(rate) for rate in rates)


def test_offers_of_a_webcam_are_its_formats_sizes_and_rates() -> None:
    assert offers(UVC, 640, 480, 30) == [
        Offer(YUYV, 640, 480, _fractions(30, 24, 15, 10, 7.5, 5)),
        Offer(YUYV, 1280, 720, _fractions(10, 7.5, 5)),
        Offer(YUYV, 1920, 1080, _fractions(5)),
        Offer(MJPEG, 640, 480, _fractions(60, 30, 15)),
        Offer(MJPEG, 1280, 720, (Fraction(60), Fraction(30), Fraction(30000, 1001), Fraction(15))),
        Offer(MJPEG, 1920, 1080, _fractions(30)),
        Offer(H264, 1280, 720, _fractions(30, 15)),
    ]


@pytest.mark.parametrize(
    ("width", "height", "fps", "found"),
    [
        (640, 360, 25, [(YUYV, 640, 360, 25), (MJPEG, 640, 360, 25)]),
        (3840, 2160, 25, [(MJPEG, 3840, 2160, 25)]),
        (640, 80, 25, [(MJPEG, 640, 80, 25)]),
    ],
)
def test_offers_of_ranges_are_the_wanted_where_it_is_in_them(
    width: int, height: int, fps: int, found: list[tuple[str, int, int, int]]
) -> None:
    offered = offers(RANGES, width, height, fps)
    assert [(one.format, one.width, one.height) for one in offered] == [one[:3] for one in found]
    assert all(Fraction(fps) in one.rates and Fraction(0) not in one.rates for one in offered)


@pytest.mark.parametrize("wanted", [25, 60])
def test_offers_of_a_range_of_rates_lead_to_the_wanted_one(wanted: int) -> None:
    assert choose(offers(RANGES, 320, 180, wanted), "auto", 320, 180, wanted) == Mode(YUYV, 320, 180, Fraction(wanted))


@pytest.mark.parametrize("caps", [OTHERS, "EMPTY", "ANY", "", "video/x-raw, format=(string)YUY2"])
def test_offers_that_nothing_here_can_use_are_none(caps: str) -> None:
    assert offers(caps, 640, 480, 30) == []


@pytest.mark.parametrize(
    ("form", "width", "height", "fps", "taken"),
    [
        ("auto", 640, 480, 30, "yuyv 640x480 at 30 fps"),
        ("auto", 640, 480, 60, "mjpeg 640x480 at 60 fps"),
        ("auto", 640, 480, 28, "yuyv 640x480 at 24 fps"),
        ("auto", 640, 480, 4, "yuyv 640x480 at 5 fps"),
        ("auto", 1280, 720, 30, "mjpeg 1280x720 at 30 fps"),
        ("auto", 1280, 720, 10, "mjpeg 1280x720 at 15 fps"),
        ("auto", 1280, 720, 5, "mjpeg 1280x720 at 15 fps"),
        ("auto", 1920, 1080, 30, "mjpeg 1920x1080 at 30 fps"),
        ("mjpeg", 640, 480, 30, "mjpeg 640x480 at 30 fps"),
        ("mjpeg", 1280, 720, 29, "mjpeg 1280x720 at 15 fps"),
        ("yuyv", 1280, 720, 30, "yuyv 1280x720 at 10 fps"),
        ("h264", 1280, 720, 30, "h264 1280x720 at 30 fps"),
        ("h264", 1280, 720, 10, "h264 1280x720 at 15 fps"),
    ],
)
def test_choice_of_a_webcam_is_what_comes_nearest(form: str, width: int, height: int, fps: int, taken: str) -> None:
    assert str(choose(offers(UVC, width, height, fps), form, width, height, fps)) == taken


LIGHT = ["nv12", "yu12", "yv12", "nv21", "uyvy", "yvyu", "vyuy", "nv16", "422p"]
HEAVY = ["rgb3", "bgr3", "xr24"]


@pytest.mark.parametrize(
    ("width", "height", "order"),
    [
        (640, 480, [YUYV, *LIGHT, MJPEG, *HEAVY, GREY]),
        (1280, 720, [MJPEG, YUYV, *LIGHT, *HEAVY, GREY]),
    ],
)
def test_choice_of_a_format_at_the_same_rate(width: int, height: int, order: list[str]) -> None:
    """Each before all that follow it, in whatever order the camera names them."""
    assert {*order} == {*RAW, MJPEG}
    for at, form in enumerate(order):
        rest = [Offer(other, width, height, _fractions(30)) for other in reversed(order[at:])]
        assert choose(rest, "auto", width, height, 30) == Mode(form, width, height, Fraction(30))


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ({"nv12": 60, YUYV: 30}, "nv12 640x480 at 60 fps"),
        ({GREY: 60, YUYV: 30}, "yuyv 640x480 at 30 fps"),
        ({GREY: 30, "rgb3": 5}, "rgb3 640x480 at 5 fps"),
        ({GREY: 30, H264: 30}, "grey 640x480 at 30 fps"),
    ],
)
def test_choice_prefers_the_higher_rate_but_not_to_colour(offered: dict[str, int], taken: str) -> None:
    there = [Offer(form, 640, 480, _fractions(rate)) for form, rate in offered.items()]
    assert str(choose(there, "auto", 640, 480, 60)) == taken


@pytest.mark.parametrize("form", RAW)
def test_choice_of_a_format_that_is_asked_for_is_that(form: str) -> None:
    there = [Offer(other, 640, 480, _fractions(30)) for other in RAW]
    assert choose(there, form, 640, 480, 30) == Mode(form, 640, 480, Fraction(30))


@pytest.mark.parametrize(
    ("form", "width", "height"), [("auto", 800, 600), ("auto", 1280, 718), ("h264", 640, 480), ("yuyv", 320, 180)]
)
def test_choice_is_of_exactly_that_size_or_none(form: str, width: int, height: int) -> None:
    assert choose(offers(UVC, width, height, 30), form, width, height, 30) is None


def test_choice_takes_h264_only_on_request() -> None:
    alone = [Offer(H264, 640, 480, _fractions(30))]
    assert choose(alone, "auto", 640, 480, 30) is None
    assert choose(alone, "h264", 640, 480, 30) == Mode(H264, 640, 480, Fraction(30))


def test_choice_says_a_broken_rate_as_people_do() -> None:
    assert str(Mode(MJPEG, 1280, 720, Fraction(15, 2))) == "mjpeg 1280x720 at 7.5 fps"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("auto", "640x480, 1280x720, 1920x1080"),
        ("yuyv", "640x480, 1280x720, 1920x1080"),
        ("h264", "1280x720"),
    ],
)
def test_list_names_each_size_once(form: str, told: str) -> None:
    assert listed(offers(UVC, 640, 480, 30), form) == told
    assert listed(offers(RECORDED, 640, 480, 30), "h264") == ""


def test_list_names_the_sizes_of_a_turned_picture() -> None:
    assert listed(offers(UVC, 640, 480, 30), "auto", turned=True) == "480x640, 720x1280, 1080x1920"


@pytest.mark.parametrize(
    ("caps", "form", "turned", "what", "fix"),
    [
        (UVC, "auto", False, "gives no picture of 800x600", "choose one of 640x480, 1280x720, 1920x1080"),
        (UVC, "auto", True, "gives no picture of 800x600",
         "choose one of 480x640, 720x1280, 1080x1920, which are turned already"),
        (UVC, "h264", False, "gives no h264 800x600", "choose one of 1280x720"),
        (UVC, "nv12", False, "does not offer the format nv12", 'set format to "auto"'),
        ("video/x-h264, width=(int)640, height=(int)480, framerate=(fraction)30/1", "auto", False,
         "offers nothing but H.264", 'set format to "h264"'),
        (OTHERS, "auto", False, "offers no format that can be read here",
         "choose another device of this camera, or another camera"),
    ],
)  # fmt: skip
def test_camera_without_the_mode_lacks_something(caps: str, form: str, turned: bool, what: str, fix: str) -> None:
    there = offers(caps, 800, 600, 30)
    assert choose(there, form, 800, 600, 30) is None
    assert lacking(there, form, (800, 600), turned) == (what, fix)
