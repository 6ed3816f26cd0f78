import pytest
from envivo_agent.packages import missing_packages, package_of


def test_packages_of_missing_elements_are_named_once_each() -> None:
    assert missing_packages(["x264enc", "rtspclientsink", "h264parse", "openh264enc"]) == (
        "GStreamer has no h264parse, openh264enc, rtspclientsink, x264enc: apt-get install"
        " gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-rtsp"
    )


@pytest.mark.parametrize(
    ("factory", "package"),
    [
        ("appsrc", "plugins-base"),
        ("opusenc", "plugins-base"),
        ("decodebin", "plugins-base"),
        ("audiotestsrc", "plugins-base"),
        ("jpegdec", "plugins-good"),
        ("v4l2src", "plugins-good"),
        ("voaacenc", "plugins-bad"),
        ("aacparse", "plugins-good"),
        ("alsasrc", "alsa"),
    ],
)
def test_package_of_an_element_is_debians(factory: str, package: str) -> None:
    assert package_of(factory) == f"gstreamer1.0-{package}"
