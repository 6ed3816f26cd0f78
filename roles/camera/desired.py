"""A camera host as it should be: pure functions from settings to files and units."""

import json
from collections.abc import Mapping

from envivo.operations.account import Account
from envivo.operations.files import Directory, File
from envivo.operations.units import Unit
from envivo.places import ETC, OPT, ROOT
from envivo.render import render
from roles.camera.settings import Camera, instance
from roles.environment import Environment

ACCOUNT = Account("envivo-agent", groups=("video",))
PROGRAM = f"{OPT}/agent"
CONFIGURATION = f"{ETC}/agent"
UNIT_FILE = "/etc/systemd/system/envivo-agent@.service"
FAMILY = ("envivo-agent@*.service",)


def unit_name(camera: str) -> str:
    return f"envivo-agent@{instance(camera)}.service"


def agent_config(name: str, camera: Camera, settings: Environment, media_address: str) -> str:
    """What the agent reads (agent/envivo_agent/config.py); holds the publisher's password."""
    publisher = settings.mediamtx.paths[name].publisher
    assert publisher is not None  # noqa: S101 - roles.environment.between_roles saw to it
    mediamtx = settings.mediamtx
    source: dict[str, str] = {"kind": camera.source}
    if camera.source == "v4l2":
        source |= {"device": camera.device, "format": camera.format}
    return json.dumps(
        {
            "name": instance(name),
            "source": source,
            "video": {
                "width": camera.width,
                "height": camera.height,
                "fps": camera.fps,
                "bitrate_kbps": camera.bitrate_kbps,
                "encoder": camera.encoder,
                "preset": camera.preset,
            },
            "publish": {
                "protocol": camera.protocol,
                "host": media_address,
                "port": mediamtx.rtsp_port if camera.protocol == "rtsp" else mediamtx.rtmp_port,
                "path": name,
                "user": publisher.user,
                "password": publisher.password.get_secret_value(),
            },
        },
        indent=2,
    )


def files(settings: Environment, cameras: Mapping[str, Camera], media_address: str) -> list[Directory | File]:
    """Program, configuration and unit."""
    package = ROOT / "agent" / "envivo_agent"
    return [
        Directory(PROGRAM, exclusive=True),
        Directory(f"{PROGRAM}/{package.name}"),
        *(File(f"{PROGRAM}/{package.name}/{path.name}", path.read_bytes()) for path in sorted(package.glob("*.py"))),
        Directory(CONFIGURATION, mode="750", group=ACCOUNT.name, exclusive=True),
        *(
            File(
                f"{CONFIGURATION}/{instance(name)}.json",
                agent_config(name, camera, settings, media_address).encode(),
                mode="640",
                group=ACCOUNT.name,
            )
            for name, camera in cameras.items()
        ),
        File(
            UNIT_FILE, render("camera/envivo-agent@.service.j2", program=PROGRAM, configuration=CONFIGURATION).encode()
        ),
    ]


def units(cameras: Mapping[str, Camera]) -> list[Unit]:
    return [
        Unit(unit_name(name), reads=(PROGRAM, UNIT_FILE, f"{CONFIGURATION}/{instance(name)}.json")) for name in cameras
    ]
