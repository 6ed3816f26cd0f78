"""A camera host as it should be: pure functions from settings to files and units."""

import json
from typing import Any

from envivo.core.paths import ETC, OPT, PACKAGE
from envivo.render import render
from envivo.roles.camera.picture import Crop
from envivo.roles.camera.settings import METRICS_PORT, Agents, Camera, instance, unit_name
from envivo.roles.role import Context
from envivo.state import stopped
from envivo.state.desired import Account, Directory, File, Removable, Unit

ACCOUNT = Account("envivo-agent", groups=("audio", "render", "video"))
PROGRAM = f"{OPT}/agent"
CONFIGURATION = f"{ETC}/agent"
AUTHORITY = f"{CONFIGURATION}/authority.pem"
"""Certificate of the authority that signs the media host's certificate, where that is not a public one."""
UNIT_FILE = "/etc/systemd/system/envivo-agent@.service"
FAMILY = ("envivo-agent@*.service",)
STATUS = "/run/envivo-agent"
"""NAME.json there is the status of a camera's agent."""


def local_cameras(agents: Agents, context: Context) -> dict[str, Camera]:
    """The cameras of this host."""
    return agents.on(context.host, context.hosts.get("cameras", ()))


def _source(camera: Camera) -> dict[str, Any]:
    if camera.source == "v4l2":
        controls = {"controls": camera.controls} if camera.controls else {}
        return {"kind": "v4l2", "device": camera.device, "format": camera.format, **controls}
    if camera.source == "rtsp":
        login = {"user": camera.user, "password": camera.password.get_secret_value()}
        return {"kind": "rtsp", "url": camera.url, **login, "mode": camera.mode}
    return {"kind": "file", "file": camera.file} if camera.source == "file" else {"kind": "test"}


def _audio(camera: Camera) -> dict[str, str | int]:
    if camera.audio == "none":
        return {"kind": "none"}
    device = {"device": camera.audio_device} if camera.audio == "alsa" else {}
    return {"kind": camera.audio, **device, "bitrate_kbps": camera.audio_bitrate_kbps}


def _picture(camera: Camera) -> dict[str, Any]:
    """Empty where it is published as it comes."""
    turned = {"rotate": camera.rotate, "mirror": camera.mirror}
    changed = camera.rotate or camera.mirror or camera.crop != Crop() or camera.overlay.is_shown
    others = {"crop": camera.crop.model_dump(), "overlay": camera.overlay.model_dump()}
    return {"picture": {**turned, **others}} if changed else {}


def configuration(name: str) -> str:
    return f"{CONFIGURATION}/{instance(name)}.json"


def status(name: str) -> str:
    return f"{STATUS}/{instance(name)}.json"


def lives(name: str) -> str:
    """Command that succeeds where the agent publishes and has said so since its unit became active."""
    began = f'"$(date -d "$(systemctl show -P ActiveEnterTimestamp {unit_name(name)})" +%s)"'
    fresh = f'[ "$(stat -c %Y {status(name)} 2>/dev/null || echo 0)" -ge {began} ]'
    return f'{fresh} && grep -q \'^ "state": "live"\' {status(name)}'


def why_not(name: str) -> str:
    """Command that prints the agent's own words."""
    return f'sed -n \'s/^ "last_error": "\\(.*\\)",$/\\1/p\' {status(name)}'


def agent_config(name: str, agents: Agents, context: Context, metrics_port: int) -> str:
    """Configuration of a camera's agent (agent/envivo_agent/config.py), with the passwords of publisher and camera."""
    camera, publisher = agents.cameras[name], agents.publishers[name]
    server = context.endpoints.publishing(camera.protocol, context.host)
    inside_tls = server.scheme != camera.protocol
    return json.dumps(
        {
            "name": instance(name),
            "source": _source(camera),
            "audio": _audio(camera),
            "video": {
                "width": camera.width,
                "height": camera.height,
                "fps": camera.fps,
                "bitrate_kbps": camera.bitrate_kbps,
                "keyframe_interval_ms": camera.keyframe_interval_ms,
                "encoder": camera.encoder,
                "fallback": camera.encoder_fallback,
                "preset": camera.preset,
            },
            "publish": {
                "protocol": server.scheme,
                "ca": AUTHORITY if inside_tls and agents.authority else "",
                "host": server.host,
                "port": server.port,
                "path": name,
                "user": publisher.user,
                "password": publisher.password.get_secret_value(),
            },
            "metrics_port": metrics_port,
            **_picture(camera),
        },
        indent=2,
    )


def configurations(agents: Agents, context: Context) -> dict[str, str]:
    """Configurations of the agents of this host, by camera."""
    cameras = enumerate(local_cameras(agents, context))
    return {name: agent_config(name, agents, context, METRICS_PORT + number) for number, name in cameras}


def program() -> list[Directory | File]:
    """The agent's Python package, with its sub-packages."""
    source = PACKAGE / "agent"
    modules = sorted((source / "envivo_agent").rglob("*.py"))
    folders = sorted({module.relative_to(source).parent for module in modules})
    return [
        Directory(PROGRAM, exclusive=True),
        *(Directory(f"{PROGRAM}/{folder}") for folder in folders),
        *(File(f"{PROGRAM}/{module.relative_to(source)}", module.read_bytes()) for module in modules),
    ]


def files(agents: Agents, context: Context) -> list[Directory | File]:
    """Program, configuration and unit."""
    authority = agents.authority if context.endpoints.encrypted else ""
    return [
        *program(),
        Directory(CONFIGURATION, mode="750", group=ACCOUNT.name, exclusive=True),
        *(
            File(configuration(name), text.encode(), mode="640", group=ACCOUNT.name)
            for name, text in configurations(agents, context).items()
        ),
        *([File(AUTHORITY, authority.encode(), group=ACCOUNT.name)] if authority else []),
        File(UNIT_FILE, unit_file().encode()),
    ]


def unit_file() -> str:
    return render(
        "camera/envivo-agent@.service.j2",
        program=PROGRAM,
        configuration=CONFIGURATION,
        stays_stopped=stopped.CONDITION,
    )


def units(agents: Agents, context: Context) -> list[Unit]:
    return [
        Unit(unit_name(name), (PROGRAM, UNIT_FILE, AUTHORITY), rereads=configuration(name), tells=status(name))
        for name in local_cameras(agents, context)
    ]


REMOVABLE = Removable(
    "camera agents",
    paths=(PROGRAM, CONFIGURATION, UNIT_FILE),
    units=FAMILY,
    teardown=f"rm -f {stopped.file(FAMILY[0])}; rm -rf {STATUS}",
)
