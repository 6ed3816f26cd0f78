"""Each rule of the settings with a case that breaks it, and the exact words of the refusal."""

from typing import Any

import pytest

from envivo.core.errors import SettingsError
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration.environment import environment
from tests.unit.settings.environments import LAB, PASSWORD, assert_error

THIS = "tests/unit/settings/test_settings_refusals.py"
PUBLISHER = {"user": "webcam", "password": PASSWORD}

ADDRESS = "address of an IP camera's stream, such as rtsp://192.168.1.50:554/stream1, without user and password"
IN_SETTINGS = (
    'url="rtsp://192.168.1.50:554/stream1", user="...", password=secret("camera-NAME"): as they are, without %-escapes'
)
DEVICE = "a device below /dev, such as /dev/video0"


def paths(**named: Any) -> dict[str, Any]:
    return {"paths": named}


def hls(**settings: Any) -> dict[str, Any]:
    return {"mediamtx": {"hls": settings}}


def webrtc(**settings: Any) -> dict[str, Any]:
    return {"mediamtx": {"webrtc": settings}}


def recording(**settings: Any) -> dict[str, Any]:
    return {"mediamtx": {"recording": settings}}


def camera(**settings: Any) -> dict[str, Any]:
    return {"cameras": {"webcam": settings}}


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        ({"colour": "red"}, "colour: unknown key"),
        ({"mediamtx": {"paths": {"webcam": {"publisher": {**PUBLISHER, "pass": "x"}}}}},
         "mediamtx.paths.webcam.publisher.pass: unknown key: did you mean password?"),
        ({"medamtx": {}}, "medamtx: unknown key: did you mean mediamtx?"),
        (hls(segments=7), "mediamtx.hls.segments: unknown key: did you mean segment_count?"),
        ({"mediamtx": {"paths": {"webcam": {"recording": True}}}},
         "mediamtx.paths.webcam.recording: unknown key: did you mean recordings?"),
        ({"mediamtx": {"paths": {"webcam": {"expected": "yes"}}}},
         "mediamtx.paths.webcam.expected: must be of type bool, is 'yes'"),
        ({"mediamtx": {"paths": {"webcam": {"viewers": [{**PUBLISHER, "users": ""}]}}}},
         "mediamtx.paths.webcam.viewers.0.users: unknown key: did you mean user?"),
        ({"cameras": {"webcam": {"bitrate": 500}}}, "cameras.webcam.bitrate: unknown key: did you mean bitrate_kbps?"),
        ({"cameras": {"webcam": {"colour": "red"}}}, "cameras.webcam.colour: unknown key"),
        (hls(segment_count="many"), "mediamtx.hls.segment_count: must be of type int, is 'many'"),
        (hls(segment_count=7.5),
         "mediamtx.hls.segment_count: must be of type int, is 7.5"),
        (hls(segment_duration=1), "mediamtx.hls.segment_duration: must be of type string, is 1"),
        (hls(variant="webm"), "mediamtx.hls.variant: must be 'lowLatency', 'fmp4' or 'mpegts', is 'webm'"),
        (hls(segment_max_size="50"),
         "mediamtx.hls.segment_max_size: must be a number and one of K, M, G (50M), is '50'"),
        (camera(width=641), "cameras.webcam.width: must be a multiple of 2, is 641"),
        ({"mediamtx": paths(webcam={"delete_after": "1 day"})},
         "mediamtx.paths.webcam.delete_after: must be a number and one of ms, s, m, h, d (200ms, 1s, 168h), "
         "is '1 day'"),
        (recording(min_free="2GB"), "mediamtx.recording.min_free: must be a number and one of M, G, T (2G), is '2GB'"),
        (recording(min_free="0G"), "mediamtx.recording.min_free: must be a number and one of M, G, T (2G), is '0G'"),
        (recording(min_free=2), "mediamtx.recording.min_free: must be of type string, is 2"),
        (recording(min_free_percent=91),
         "mediamtx.recording.min_free_percent: must be less than or equal to 90, is 91"),
        (recording(min_free_percent=-1),
         "mediamtx.recording.min_free_percent: must be greater than or equal to 0, is -1"),
        ({"base": {"untested_system": "yes"}}, "base.untested_system: must be of type bool, is 'yes'"),
        ({"base": {"other_programs": "avahi-daemon"}}, "base.other_programs: must be of type tuple, is 'avahi-daemon'"),
        ({"base": {"other_programs": ["caddy"]}},
         "base.other_programs.0: must not name caddy, whose ports are settings of envivo: leave it out"),
        ({"base": {"other_programs": ["a,b"]}},
         "base.other_programs.0: must be the name of a program such as avahi-daemon, is 'a,b'"),
        ({"base": {"apt_lock_wait": 0}}, "base.apt_lock_wait: must be greater than or equal to 1, is 0"),
        ({"base": {"apt_lock_wait": 3601}}, "base.apt_lock_wait: must be less than or equal to 3600, is 3601"),
    ],
)  # fmt: skip
def test_key_type_or_value_that_nobody_knows_is_refused(bad: dict[str, Any], finding: str) -> None:
    """One of each kind: the rest is pydantic's."""
    assert_error(finding, **bad)


def test_port_that_is_no_port_number_is_refused() -> None:
    for port in (0, 65536, -1, True, "1935", 1935.0, None):
        words = f"must be a port number from 1024 to 65535, is {port!r}"
        assert_error(f"mediamtx.rtmp_port: {words}", mediamtx={"rtmp_port": port})


def test_duration_that_is_not_a_number_and_a_unit_is_refused() -> None:
    for text in ("1", "s", "1.5s", "1 s", "-1s", "1m30s", "1S", "", "1w", "99999999999999h"):
        words = f"must be a number and one of ms, s, m, h, d (200ms, 1s, 168h), is {text!r}"
        assert_error(f"mediamtx.hls.part_duration: {words}", **hls(part_duration=text))


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        (hls(segment_duration="999ms"), "mediamtx.hls.segment_duration: must be at least 1s, is 999ms"),
        (recording(segment_duration="500ms"), "mediamtx.recording.segment_duration: must be at least 1s, is 500ms"),
        (recording(segment_duration="25h"), "mediamtx.recording: segment_duration must be at most 24h, is 25h"),
        ({"mediamtx": {"read_timeout": "0s"}}, "mediamtx.read_timeout: must be at least 1s, is 0s"),
        (recording(delete_after="9m"),
         "mediamtx.recording: delete_after must be 0s or at least segment_duration (10m), is 9m"),
        ({"mediamtx": paths(webcam={"delete_after": "9m"})},
         "mediamtx.paths.webcam.delete_after: must be 0s or at least segment_duration (10m), is 9m"),
        (hls(segment_count=6), "mediamtx.hls: segment_count must be at least 7 for lowLatency, is 6"),
        (hls(variant="fmp4", segment_count=2), "mediamtx.hls: segment_count must be at least 3 for fmp4, is 2"),
        (webrtc(additional_hosts=["ok.example", "http://cam.example"]),
         "mediamtx.webrtc.additional_hosts.1: must be a host name or an IPv4 address, without a port, "
         "is 'http://cam.example'"),
    ],
)  # fmt: skip
def test_value_that_mediamtx_would_refuse_or_stumble_over_is_refused(bad: dict[str, Any], finding: str) -> None:
    assert_error(finding, **bad)


def test_ice_server_without_scheme_or_port_is_refused() -> None:
    words = "must be a server with its port, such as stun:stun.company.net:3478"
    urls = ("stun.example:3478", "stun:stun.example", "turn:", "http:stun.example:3478", "turn:t:3478?transport=tls")
    findings = [f"mediamtx.webrtc.ice_servers.{place}.url: {words}, is {url!r}" for place, url in enumerate(urls)]
    assert_error(*findings, **webrtc(ice_servers=[{"url": url} for url in urls]))


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (["web cam", "~^cam", "caméra", ""], "a path name has only letters, digits and _ - . /"),
        (["/webcam", "webcam/", "live//webcam", "live/../webcam", "."],
         "a path name must not begin or end with /, and none of its parts may be empty, . or .."),
        (["all", "all_others"], "is MediaMTX's wildcard: list each path by its name"),
    ],
)  # fmt: skip
def test_path_name_that_mediamtx_refuses_is_refused(names: list[str], rule: str) -> None:
    for name in names:
        bad = paths(**{name: {"anonymous_publishing": True}})
        assert_error(f"mediamtx.paths.{name}: {name!r}: {rule}", mediamtx=bad)


@pytest.mark.parametrize(
    "path", [{}, {"anonymous_publishing": True, "publisher": PUBLISHER}, {"anonymous_publishing": False}]
)
def test_path_must_have_a_publisher_or_say_that_anybody_is_one(path: dict[str, Any]) -> None:
    words = "set publisher (user and password), or anonymous_publishing=True, not both"
    assert_error(f"mediamtx.paths.second: {words}", mediamtx=paths(second=path))


def test_environment_without_paths_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        environment(mediamtx={**LAB["mediamtx"], "paths": {}}).read()

    assert [str(problem) for problem in refused.value.problems] == [
        f"{THIS}: mediamtx.paths: must have at least 1 item, not 0"
    ]


@pytest.mark.parametrize(
    ("publisher", "finding"),
    [
        ({"user": "webcam"}, "password: is required"),
        ({"password": PASSWORD}, "user: is required"),
        ({"user": "any", "password": PASSWORD}, "user: 'any' is MediaMTX's name for all users: choose another name"),
        ({"user": "", "password": PASSWORD}, "user: must be 1 to 255 letters, digits, _ and -, is ''"),
        ({"user": "web:cam", "password": PASSWORD}, "user: must be 1 to 255 letters, digits, _ and -, is 'web:cam'"),
        ({"user": "u", "password": None}, "password: must be text"),
        ({"user": "u", "password": [PASSWORD]}, "password: must be text"),
    ],
)
def test_credential_that_is_not_a_name_and_a_text_is_refused(publisher: dict[str, Any], finding: str) -> None:
    assert_error(f"mediamtx.paths.second.publisher.{finding}", mediamtx=paths(second={"publisher": publisher}))


def test_password_that_would_not_survive_its_way_is_refused() -> None:
    words = "must consist of letters, digits, _ and -, and not be empty"
    for bad in ("", "with space", "co:lon", "per%cent", "sl/ash", "ümlaut", "as*terisk", "*" * 9, f"{PASSWORD}\n"):
        publisher = {"user": "u", "password": bad}
        assert_error(
            f"mediamtx.paths.second.publisher.password: {words}", mediamtx=paths(second={"publisher": publisher})
        )


@pytest.mark.parametrize("publisher", [f"webcam:{PASSWORD}", ["webcam", PASSWORD]])
def test_password_in_the_wrong_place_is_not_quoted(publisher: object) -> None:
    assert_error(
        "mediamtx.paths.second.publisher: must be a dictionary", mediamtx=paths(second={"publisher": publisher})
    )


@pytest.mark.parametrize(
    ("bad", "finding"),
    [
        (camera(device="/dev/a,b"), f"cameras.webcam.device: must be {DEVICE}, is '/dev/a,b'"),
        (camera(source="rtsp"),
         'cameras.webcam: url: is missing: source rtsp needs the address of a stream: '
         'url="rtsp://192.168.1.50:554/stream1"'),
        *((camera(source="rtsp", url=url), f"cameras.webcam.url: must not contain a user or a password: {IN_SETTINGS}")
          for url in (f"rtsp://admin:{PASSWORD}@cam/main", "rtsp://admin@cam", f"rtsp://cam/?user=a&password={PASSWORD}",
                      f"rtsp://cam/user=a_passwd={PASSWORD}_channel=1.sdp", f"rtsp://viewer:1234/{PASSWORD}@cam/x",
                      f"rtsp://cam:554/main@{PASSWORD}", f"rtsp://cam/?psw={PASSWORD}", f"rtsp://cam/?PW={PASSWORD}",
                      f"rtsp://cam/?auth={PASSWORD}", f"rtsp://cam/?authbasic={PASSWORD}",
                      f"rtsp://cam/?a=1&token={PASSWORD}")),
        (camera(source="rtsp", url="rtsps://cam/main"),
         "cameras.webcam.url: must begin with rtsp://, begins with rtsps://: "
         "take the camera's RTSP address: rtsp://192.168.1.50:554/stream1"),
        *((camera(source="rtsp", url=url), f"cameras.webcam.url: must be an {ADDRESS}")
          for url in ("cam/main", "rtsp://", "rtsp:///main", "rtsp://cam:0/", "rtsp://cam:65536/", "rtsp://cam/a b",
                      "rtsp://cam:554main", "rtsp://cam/" + "x" * 245, "rtsp://fd00::5/main")),
        (camera(source="rtsp", url="rtsp://192.168.1.300/main"),
         "cameras.webcam.url: must be a host name or an address, without a port, is '192.168.1.300'"),
        (camera(source="rtsp", url="rtsp://[fd00:5]/main"),
         "cameras.webcam.url: must be a host name or an address, without a port, is 'fd00:5'"),
        (camera(source="rtsp", url="rtsp://[10.0.0.5]/main"),
         "cameras.webcam.url: must have only an IPv6 address in brackets"),
        (camera(source="rtsp", url="rtsp://cam", user="a:b"),
         "cameras.webcam.user: must be visible ASCII characters without a colon, or empty, is 'a:b'"),
        (camera(source="rtsp", url="rtsp://cam", user="a", password=f"{PASSWORD}é"),
         "cameras.webcam.password: must consist of at most 255 visible ASCII characters"),
        (camera(source="rtsp", url="rtsp://cam", user="a", password=4711), "cameras.webcam.password: must be text"),
        (camera(source="rtsp", url="rtsp://cam", password=PASSWORD),
         "cameras.webcam: user: is missing: password is that of a user of the camera, often admin"),
        (camera(url="rtsp://cam"),
         'cameras.webcam: url: is only for an IP camera, source is test: remove url, or set source to "rtsp"'),
        (camera(user="a", password=PASSWORD, mode="transcode"),
         "cameras.webcam: user: is only for an IP camera, source is test: "
         'remove user and password and mode, or set source to "rtsp"'),
        (camera(audio="camera"),
         'cameras.webcam: audio "camera": is only for an IP camera, source is test: '
         'remove audio "camera", or set source to "rtsp"'),
        (camera(rotate=90, mirror=True),
         "cameras.webcam: rotate: does not apply to source test: remove rotate and mirror, "
         'or set source to "v4l2"'),
        (camera(source="v4l2", format="h264", crop={"top": 8}),
         "cameras.webcam: crop: does not apply to format h264, which the camera encodes: remove crop, "
         'or set format to "auto"'),
        (camera(source="rtsp", url="rtsp://cam", mode="passthrough", mirror=True),
         "cameras.webcam: mirror: does not apply to mode passthrough: remove mirror, "
         'or set mode to "transcode"'),
        (camera(source="v4l2", crop={"left": 600, "right": 600}),
         "cameras.webcam: crop: leaves 80x720 of 1280x720: leave at least 160x90"),
        (camera(overlay={"text": "Garden"}),
         'cameras.webcam: overlay: does not apply to source test: remove overlay, or set source to "v4l2"'),
        (camera(source="v4l2", overlay={"text": "two\nlines"}),
         "cameras.webcam.overlay.text: must be at most 80 printable characters, is 'two\\nlines'"),
        (camera(controls={"gain": 1}),
         "cameras.webcam: controls: only applies to source v4l2, but source is test: remove it, "
         'or set source to "v4l2"'),
        (camera(source="file"), "cameras.webcam: file: is missing: source file needs the path of a clip"),
        (camera(file="/srv/a.mp4"),
         "cameras.webcam: file: only applies to source file, but source is test: remove it, or set source to file"),
        ({"cameras": {"web cam": {}}},
         "cameras.web cam: 'web cam': a path name has only letters, digits and _ - . /"),
    ],
)  # fmt: skip
def test_camera_that_no_agent_could_run_is_refused(bad: dict[str, Any], finding: str) -> None:
    assert_error(finding, **bad)


def test_all_findings_of_all_roles_come_at_once() -> None:
    assert_error(
        "mediamtx.rtmp_port: must be a port number from 1024 to 65535, is 0",
        "mediamtx.hls.segment_duration: must be at least 1s, is 0s",
        "mediamtx.hls.segments: unknown key: did you mean segment_count?",
        "web.port: must be a port number from 1024 to 65535, is '80'",
        "cameras.webcam.fps: must be less than or equal to 60, is 100",
        mediamtx={"rtmp_port": 0, "hls": {"segment_duration": "0s", "segments": 7}},
        web={"port": "80"},
        cameras={"webcam": {"fps": 100}},
    )


def test_finding_names_the_file_of_the_environment() -> None:
    file = ROOT / "group_data" / "lab.py"
    code = (
        "from envivo.orchestration.environment import environment\n"
        'settings = environment(mediamtx={"hls": {"segment_duration": "0s"}})\n'
    )

    with pytest.raises(SettingsError) as refused:
        names: dict[str, Any] = {}
        exec(compile(code, str(file), "exec"), names)  # noqa: S102
        names["settings"].read()

    assert [str(problem) for problem in refused.value.problems] == [
        "group_data/lab.py: mediamtx.monitor: is required",
        "group_data/lab.py: mediamtx.hls.segment_duration: must be at least 1s, is 0s",
        "group_data/lab.py: mediamtx.paths: is required",
    ]
    assert refused.value.exit_code == 2
