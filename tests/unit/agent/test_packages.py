from envivo_agent.packages import missing_packages, package_of


def test_packages_of_missing_elements_are_named_once_each() -> None:
    assert str(missing_packages(["x264enc", "rtspclientsink", "h264parse", "openh264enc"])) == (
        "GStreamer has no h264parse, openh264enc, rtspclientsink, x264enc: apt-get install"
        " gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-rtsp"
    )


def test_package_of_any_other_element_is_the_base() -> None:
    assert package_of("opusenc") == "gstreamer1.0-plugins-base"
