"""A camera host as it should be."""

import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from envivo.config.lazy import merged
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration.environment import Environment
from envivo.roles.camera import desired
from envivo.roles.camera.role import ROLE
from envivo.roles.camera.settings import PACKAGES
from envivo.state.desired import Directory, File
from envivo.state.endpoints import LOOPBACK
from tests.unit.settings.environments import DOMAIN, PASSWORD, lab, password, production
from tests.unit.settings.hosts import MEDIA_ADDRESS, context
from tests.unit.settings.pairs import signed

ADDRESS = MEDIA_ADDRESS
PORT = 9180
PUBLISHED = {"publisher": {"user": "webcam", "password": PASSWORD}}


def config(name: str = "webcam", **more: Any) -> dict[str, Any]:
    settings = lab(**more)
    here = context(settings, ["cameras"])
    parsed: dict[str, Any] = json.loads(desired.agent_config(name, settings.agents, here, PORT))
    return parsed


def files(**more: Any) -> list[Directory | File]:
    settings = lab(**more)
    return desired.files(settings.agents, context(settings, ["cameras"]))


@pytest.mark.parametrize(
    ("name", "instance"), [("webcam", "webcam"), ("web-cam", "web-cam"), ("live/web-cam", "live-web-cam")]
)
def test_camera_has_a_file_and_a_unit_of_its_name(name: str, instance: str) -> None:
    settings = lab(mediamtx={"paths": {name: PUBLISHED}}, cameras={name: {"source": "test"}})
    agents, here = settings.agents, context(settings, ["cameras"])
    agents = replace(agents, cameras={name: agents.cameras[name]})

    assert [unit.name for unit in desired.units(agents, here)] == [f"envivo-agent@{instance}.service"]
    assert f"/etc/envivo/agent/{instance}.json" in {file.path for file in desired.files(agents, here)}
    # the agent's own name for itself and the path that it publishes to
    config = json.loads(desired.agent_config(name, agents, here, PORT))
    assert (config["name"], config["publish"]["path"]) == (instance, name)


def test_whole_program_reaches_the_host_with_its_folders_before_what_is_in_them() -> None:
    source = ROOT / "agent"
    modules = {f"{desired.PROGRAM}/{path.relative_to(source)}": path for path in source.rglob("*.py")}
    wanted = files()

    assert f"{desired.PROGRAM}/envivo_agent/gst/agent.py" in modules
    brought = {file.path: file.content for file in wanted if isinstance(file, File) and file.path.endswith(".py")}
    assert brought == {path: module.read_bytes() for path, module in modules.items()}
    places = [file.path for file in wanted]
    for path in modules:
        parent = str(PurePosixPath(path).parent)
        assert isinstance(wanted[places.index(parent)], Directory)
        assert places.index(str(PurePosixPath(parent).parent)) < places.index(parent) < places.index(path)


ROOT_PEM = signed(DOMAIN).certificate
OWN_AUTHORITY = {"web": {"tls": {"root": ROOT_PEM}}}


OVER_RTMP = {"cameras": {"webcam": {"protocol": "rtmp"}}}
PORTS = {"mediamtx": {"rtsp_port": 8555, "rtmp_port": 1937, "rtsps_port": 8323, "rtmps_port": 1938}}


@pytest.mark.parametrize(
    ("settings", "address", "publish"),
    [
        (lab(**PORTS), ADDRESS, {"protocol": "rtsp", "port": 8555, "ca": ""}),
        (lab(**merged(PORTS, OVER_RTMP)), ADDRESS, {"protocol": "rtmp", "port": 1937, "ca": ""}),
        (production(**PORTS), DOMAIN, {"protocol": "rtsps", "port": 8323, "ca": ""}),
        (production(**merged(PORTS, OVER_RTMP)), DOMAIN, {"protocol": "rtmps", "port": 1938, "ca": ""}),
        (production(**OWN_AUTHORITY), DOMAIN, {"protocol": "rtsps", "port": 8322, "ca": desired.AUTHORITY}),
        # on the media host itself nobody is in between
        (production(), LOOPBACK, {"protocol": "rtsp", "port": 8554, "ca": ""}),
        (production(**OVER_RTMP), LOOPBACK, {"protocol": "rtmp", "port": 1935, "ca": ""}),
        (production(**OWN_AUTHORITY), LOOPBACK, {"protocol": "rtsp", "port": 8554, "ca": ""}),
    ],
)  # fmt: skip
def test_agent_publishes_to_its_path_as_its_publisher_inside_tls_where_there_is_a_name(
    settings: Environment, address: str, publish: dict[str, Any]
) -> None:
    groups = ["media", "cameras"] if address == LOOPBACK else ["cameras"]
    config = json.loads(desired.agent_config("webcam", settings.agents, context(settings, groups), PORT))

    secret = password("publish-webcam") if settings.encrypted else PASSWORD
    assert config["publish"] == {"host": address, "path": "webcam", "user": "webcam", "password": secret, **publish}


@pytest.mark.parametrize(
    ("settings", "brought"),
    [(production(**OWN_AUTHORITY), True), (production(), False), (lab(**OWN_AUTHORITY), False)],
    ids=["authority of one's own", "public authority", "no TLS"],
)
def test_authority_is_brought_where_it_is_no_public_one(settings: Environment, brought: bool) -> None:
    files = {
        one.path: one for one in desired.files(settings.agents, context(settings, ["cameras"])) if isinstance(one, File)
    }

    assert (desired.AUTHORITY in files) is brought
    if brought:
        one = files[desired.AUTHORITY]
        assert (one.content.decode(), one.group) == (ROOT_PEM, desired.ACCOUNT.name)


@pytest.mark.parametrize(
    ("camera", "source"),
    [
        ({"source": "test", "device": "/dev/video7"}, {"kind": "test"}),
        ({"source": "v4l2", "device": "/dev/video7", "format": "yuyv"},
         {"kind": "v4l2", "device": "/dev/video7", "format": "yuyv"}),
        ({"source": "v4l2", "device": "/dev/video7", "controls": {"gain": 0}},
         {"kind": "v4l2", "device": "/dev/video7", "format": "auto", "controls": {"gain": 0}}),
        ({"source": "file", "file": "/srv/a clip.mp4"}, {"kind": "file", "file": "/srv/a clip.mp4"}),
    ],
)  # fmt: skip
def test_agent_is_told_of_a_device_only_where_it_has_one(camera: dict[str, Any], source: dict[str, Any]) -> None:
    assert config(cameras={"webcam": camera})["source"] == source


@pytest.mark.parametrize(("overlay", "more"), [({"clock": True}, {"gstreamer1.0-x"}), ({"text": ""}, set())])
def test_host_gets_what_writes_on_pictures_only_where_asked_for(overlay: dict[str, Any], more: set[str]) -> None:
    settings = lab(cameras={"webcam": {"source": "v4l2", "overlay": overlay}})
    packages = ROLE.needs(settings.agents, context(settings, ["cameras"])).packages
    assert set(packages) - set(PACKAGES) == more


def test_every_setting_of_the_picture_reaches_the_agent() -> None:
    wanted = {
        "width": 640, "height": 360, "fps": 25, "bitrate_kbps": 900, "keyframe_interval_ms": 2000,
        "encoder": "openh264", "preset": "low-cpu",
    }  # fmt: skip

    told = config(cameras={"webcam": {**wanted, "encoder_fallback": True}})["video"]

    assert told == {**wanted, "fallback": True}


UNCHANGED: dict[str, Any] = {
    "rotate": 0,
    "mirror": False,
    "crop": {"left": 0, "top": 0, "right": 0, "bottom": 0},
    "overlay": {"text": "", "clock": False, "corner": "top-left"},
}


@pytest.mark.parametrize(
    ("camera", "picture"),
    [
        ({}, None),
        ({"rotate": 0, "mirror": False, "crop": {}}, None),
        ({"overlay": {"corner": "top-right"}}, None),
        ({"rotate": 90}, {**UNCHANGED, "rotate": 90}),
        ({"mirror": True, "crop": {"top": 8}},
         {**UNCHANGED, "mirror": True, "crop": {"left": 0, "top": 8, "right": 0, "bottom": 0}}),
        ({"overlay": {"text": "Garden"}},
         {**UNCHANGED, "overlay": {"text": "Garden", "clock": False, "corner": "top-left"}}),
    ],
)  # fmt: skip
def test_agent_is_told_of_a_change_of_the_picture_only_where_there_is_one(
    camera: dict[str, Any], picture: dict[str, Any] | None
) -> None:
    assert config(cameras={"webcam": {"source": "v4l2", **camera}}).get("picture") == picture


@pytest.mark.parametrize(
    ("camera", "audio"),
    [
        ({}, {"kind": "none"}),
        ({"audio": "test", "audio_device": "hw:1,0"}, {"kind": "test", "bitrate_kbps": 64}),
        ({"audio": "alsa", "audio_device": "hw:CARD=C920,DEV=0", "audio_bitrate_kbps": 96},
         {"kind": "alsa", "device": "hw:CARD=C920,DEV=0", "bitrate_kbps": 96}),
    ],
)  # fmt: skip
def test_agent_is_told_of_a_microphone_only_where_it_has_one(camera: dict[str, Any], audio: dict[str, Any]) -> None:
    assert config(cameras={"webcam": {"source": "test", **camera}})["audio"] == audio


@pytest.mark.parametrize(
    ("camera", "silent"),
    [
        ({"audio": "test", "protocol": "rtmp"}, True),
        ({"audio": "test", "protocol": "rtsp"}, False),
        ({"audio": "none", "protocol": "rtmp"}, False),
    ],
)
def test_sound_over_rtmp_is_known_not_to_be_heard_over_webrtc(camera: dict[str, Any], silent: bool) -> None:
    assert lab(cameras={"webcam": {"source": "test", **camera}}).cameras["webcam"].silent_in_webrtc is silent


def test_each_camera_of_a_host_has_a_port_of_its_own_for_metrics() -> None:
    paths = dict.fromkeys(("front", "back"), PUBLISHED)
    written = files(mediamtx={"paths": paths}, cameras={name: {"source": "test"} for name in paths})
    told = [json.loads(one.content) for one in written if isinstance(one, File) and one.path.endswith(".json")]

    assert [(one["name"], one["metrics_port"]) for one in told] == [("webcam", 9180), ("front", 9181), ("back", 9182)]


def test_password_is_in_one_file_that_only_the_agent_can_read() -> None:
    settings = production()
    files = desired.files(settings.agents, context(settings, ["cameras"]))
    holding = [one for one in files if isinstance(one, File) and PASSWORD.encode() in one.content]

    assert [(one.path, one.mode, one.owner, one.group) for one in holding] == [
        ("/etc/envivo/agent/webcam.json", "640", "root", "envivo-agent")
    ]
    assert password("view-webcam").encode() not in holding[0].content
    (folder,) = (one for one in files if one.path == "/etc/envivo/agent")
    assert isinstance(folder, Directory) and (folder.mode, folder.group) == ("750", "envivo-agent")


def test_configuration_of_a_camera_that_is_gone_is_removed() -> None:
    exclusive = {one.path for one in files() if isinstance(one, Directory) and one.exclusive}

    assert exclusive == {"/etc/envivo/agent", "/opt/envivo/agent"}


def test_directories_come_before_what_is_in_them() -> None:
    paths = [one.path for one in files()]

    for number, path in enumerate(paths):
        inside = [other for other in paths[:number] if other.startswith(path + "/")]
        assert not inside, f"{inside} before {path}"


def test_unit_starts_anew_or_reads_anew_when_anything_that_it_reads_was_written() -> None:
    settings = lab()
    (unit,) = desired.units(settings.agents, context(settings, ["cameras"]))
    written = {one.path for one in files() if isinstance(one, File)}

    assert unit.name == "envivo-agent@webcam.service"
    assert set(unit.reads) == {desired.AUTHORITY, desired.UNIT_FILE, desired.PROGRAM}
    assert (unit.rereads, unit.tells) == ("/etc/envivo/agent/webcam.json", "/run/envivo-agent/webcam.json")
    known = {*unit.reads, unit.rereads}
    assert all(path in known or path.startswith(f"{desired.PROGRAM}/") for path in written)
