"""This machine and the webcam that is plugged into it."""

from envivo.secrets import generated
from roles.environment import environment

_sudo = True

settings = environment(
    mediamtx={
        "paths": {
            "webcam": {"publisher": {"user": "webcam", "password": generated("local", "publish-webcam")}},
        },
    },
    cameras={
        "webcam": {"source": "v4l2", "device": "/dev/video0"},
    },
)
