"""An agent for each camera: a systemd unit that publishes for ever."""

from pyinfra import host, logger
from pyinfra.api import deploy

from envivo.operations.files import files
from envivo.operations.units import units
from envivo.roles.camera import desired
from envivo.roles.camera.settings import Agents
from envivo.roles.role import Context


@deploy("Cameras")
def cameras(settings: Agents, context: Context) -> None:
    for name, camera in desired.local_cameras(settings, context).items():
        if camera.silent_in_webrtc:
            logger.warning(
                f"{host.print_prefix}cameras.{name}: over rtmp, its sound is AAC, which browsers play over HLS, but "
                'not over WebRTC: for both, set protocol "rtsp"'
            )
    files(name="Install the agent and the configuration of each camera", wanted=desired.files(settings, context))
    units(name="Start an agent for each camera", wanted=desired.units(settings, context), family=desired.FAMILY)
