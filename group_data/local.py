"""This machine and the webcam that is plugged into it."""

from envivo import environment, secret

_sudo = True

settings = environment(
    mediamtx={
        "monitor": {"user": "monitor", "password": secret("monitor")},
        "paths": {
            "webcam": {"publisher": {"user": "webcam", "password": secret("publish-webcam")}},
        },
    },
    cameras={
        "webcam": {"source": "v4l2", "device": "/dev/video0"},
    },
)
