"""A camera host as it should be: pure functions from settings to files and units."""

import json
from collections.abc import Mapping

from envivo.operations.account import Account
from envivo.operations.files import Directory, File
from envivo.operations.leftovers import Leftover
from envivo.operations.units import Unit
from envivo.places import ETC, OPT, ROOT
from envivo.render import render
from roles.camera.settings import Camera, instance
from roles.environment import Environment

ACCOUNT = Account("envivo-agent", groups=("video",))
PROGRAM = f"{OPT}/agent"
CONFIGURATION = f"{ETC}/agent"
AUTHORITY = f"{CONFIGURATION}/authority.pem"
"""Who signs the media host's certificate, where that is no public authority."""
LOOPBACK = "127.0.0.1"
"""Where an agent finds MediaMTX on its own host: nothing there is worth encrypting."""
UNIT_FILE = "/etc/systemd/system/envivo-agent@.service"
FAMILY = ("envivo-agent@*.service",)


def unit_name(camera: str) -> str:
    return f"envivo-agent@{instance(camera)}.service"


def agent_config(name: str, camera: Camera, settings: Environment, media_address: str) -> str:
    """What the agent reads (agent/envivo_agent/config.py); holds the publisher's password."""
    publisher = settings.mediamtx.paths[name].publisher
    assert publisher is not None  # noqa: S101 - roles.environment.between_roles saw to it
    mediamtx = settings.mediamtx
    encrypted = settings.encrypted and media_address != LOOPBACK
    ports = {
        "rtsp": mediamtx.rtsps_port if encrypted else mediamtx.rtsp_port,
        "rtmp": mediamtx.rtmps_port if encrypted else mediamtx.rtmp_port,
    }
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
                "protocol": f"{camera.protocol}s" if encrypted else camera.protocol,
                "ca": AUTHORITY if encrypted and settings.web.tls.root else "",
                "host": media_address,
                "port": ports[camera.protocol],
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
        *(
            [File(AUTHORITY, settings.web.tls.root.encode(), group=ACCOUNT.name)]
            if settings.encrypted and settings.web.tls.root
            else []
        ),
        File(
            UNIT_FILE, render("camera/envivo-agent@.service.j2", program=PROGRAM, configuration=CONFIGURATION).encode()
        ),
    ]


def units(cameras: Mapping[str, Camera]) -> list[Unit]:
    return [
        Unit(unit_name(name), reads=(PROGRAM, UNIT_FILE, AUTHORITY, f"{CONFIGURATION}/{instance(name)}.json"))
        for name in cameras
    ]


LEFTOVER = Leftover("camera agents", paths=(PROGRAM, CONFIGURATION, UNIT_FILE), units=FAMILY)
