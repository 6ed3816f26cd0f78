import pytest
from envivo_agent.ipcam.carriage import DECODERS, SOUNDS
from envivo_agent.packages import missing_packages, package_of


def test_packages_of_missing_elements_are_named_once_each() -> None:
    assert str(missing_packages(["x264enc", "rtspclientsink", "h264parse", "openh264enc"])) == (
        "GStreamer has no h264parse, openh264enc, rtspclientsink, x264enc: apt-get install"
        " gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-rtsp"
    )


def test_package_of_any_other_element_is_the_base() -> None:
    assert package_of("opusenc") == "gstreamer1.0-plugins-base"


@pytest.mark.parametrize("chain", [*DECODERS.values(), *SOUNDS.values()])
def test_package_of_each_element_for_ip_cameras_is_known(chain: str) -> None:
    """Those of the base that carry RTP do not exist: `plugins-base` would be the guess for an unknown one."""
    elements = [element.split()[0] for element in chain.split(" ! ")]
    guessed = {element for element in elements if package_of(element).endswith("-base")}
    assert guessed <= {"opusdec"}
