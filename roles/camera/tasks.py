"""One agent per camera, each a systemd unit that publishes for ever."""

from collections.abc import Mapping

from pyinfra import host, logger
from pyinfra.api import deploy

from envivo.operations.files import files
from envivo.operations.units import units
from envivo.orchestration.environment import Environment
from envivo.roles.camera import desired
from envivo.roles.camera.settings import Camera


@deploy("Cameras")
def cameras(settings: Environment, plugged_in: Mapping[str, Camera], media_address: str) -> None:
    for name, camera in plugged_in.items():
        if camera.silent_in_webrtc:
            logger.warning(
                f"{host.print_prefix}cameras.{name}: over rtmp its sound is AAC, which no browser plays over WebRTC, "
                'only over HLS: protocol "rtsp" is heard everywhere'
            )
    files(
        name="Write the agent and the configuration of each camera",
        wanted=desired.files(settings, plugged_in, media_address),
    )
    units(name="Run an agent for each camera", wanted=desired.units(plugged_in), family=desired.FAMILY)
