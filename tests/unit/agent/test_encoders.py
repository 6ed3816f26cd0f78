import pytest
from envivo_agent.config import Video
from envivo_agent.encoders import ENCODERS, VBV_MS, Encoder, candidates

from tests.unit.agent.plans import encoder

ORDER = ["vah264enc", "vah264lpenc", "nvh264enc", "v4l2h264enc", "x264enc", "openh264enc"]


def _video(
    encoder: str = "auto", fallback: bool = True, fps: int = 25, preset: str = "balanced", key_ms: int = 500
) -> Video:
    return Video(1280, 720, fps, 2500, key_ms, encoder, fallback, preset)


def _all(one: Encoder, video: Video) -> list[str]:
    """The properties, as the element is told them by an installation that knows them all."""
    text = one.launch(video, one.settings(video), "encoder")
    return text.partition(" ! ")[0].split()[2:]


@pytest.mark.parametrize(
    ("element", "fps", "key_ms", "told"),
    [
        ("vah264enc", 30, 500, {"key-int-max=15", "b-frames=0"}),
        ("vah264lpenc", 30, 1000, {"key-int-max=30", "b-frames=0"}),
        ("nvh264enc", 25, 500, {"gop-size=12", "bframes=0"}),
        ("x264enc", 1, 500, {"key-int-max=1", "bframes=0"}),
        ("openh264enc", 5, 4000, {"gop-size=20"}),  # it has no B-frames
    ],
)
def test_launch_has_a_key_frame_as_often_as_told_and_no_b_frames(
    element: str, fps: int, key_ms: int, told: set[str]
) -> None:
    assert told <= set(_all(encoder(element), _video(fps=fps, key_ms=key_ms)))


def test_launch_of_the_raspberry_has_a_level_and_its_controls_in_one_word() -> None:
    assert encoder("v4l2h264enc").launch(_video(), ["extra-controls"], "encoder") == (
        "v4l2h264enc name=encoder extra-controls="
        '"controls,video_bitrate=2500000,video_bitrate_mode=1,h264_i_frame_period=12,repeat_sequence_header=1"'
        " ! video/x-h264,profile=constrained-baseline,level=(string)4"
    )


@pytest.mark.parametrize(
    ("preset", "speed"), [("low-cpu", "ultrafast"), ("balanced", "superfast"), ("quality", "veryfast")]
)
def test_launch_preset_is_a_speed_of_x264(preset: str, speed: str) -> None:
    told = _all(encoder("x264enc"), _video(preset=preset))
    assert told[:2] == ["tune=zerolatency", f"speed-preset={speed}"]
    assert f"vbv-buf-capacity={VBV_MS}" in told


def test_launch_leaves_out_what_the_installed_element_does_not_know() -> None:
    for one in ENCODERS:
        bare = f"{one.element} name=encoder"
        assert one.launch(_video(), (), "encoder").partition(" ! ")[:2] == (bare, " ! ")
        for key, value in one.settings(_video()).items():
            text = one.launch(_video(), (key, "another"), "encoder")
            assert text.partition(" ! ")[0] == f"{bare} {key}={value}"


@pytest.mark.parametrize(
    ("element", "rate"),
    [("vah264enc", "1800"), ("nvh264enc", "1800"), ("x264enc", "1800"), ("openh264enc", "1800000")],
)
def test_rate_that_is_written_while_it_runs_is_in_the_unit_of_the_start(element: str, rate: str) -> None:
    one = encoder(element)
    assert one.rate(1800) == rate
    assert one.settings(_video())[one.rate_property] == one.rate(2500)
    assert encoder("v4l2h264enc").rate_property == "", "the Raspberry Pi's cannot be written while it runs"


@pytest.mark.parametrize(
    ("wanted", "fallback", "elements"),
    [
        ("auto", True, ORDER),
        ("auto", False, ORDER),
        ("x264", False, ["x264enc"]),
        ("x264", True, ["x264enc", "vah264enc", "vah264lpenc", "nvh264enc", "v4l2h264enc", "openh264enc"]),
        ("vaapi", False, ["vah264enc", "vah264lpenc"]),
        ("vaapi", True, ORDER),
        ("nvenc", True, ["nvh264enc", "vah264enc", "vah264lpenc", "v4l2h264enc", "x264enc", "openh264enc"]),
        ("openh264", True, ["openh264enc", *ORDER[:-1]]),
        ("v4l2", False, ["v4l2h264enc"]),
    ],
)
def test_candidates_are_the_wanted_first_and_others_where_they_may(
    wanted: str, fallback: bool, elements: list[str]
) -> None:
    assert [one.element for one in candidates(_video(wanted, fallback))] == elements
