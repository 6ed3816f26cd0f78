"""The lab: everything open, plain HTTP, a moving test picture. Every setting with its default: roles/*/settings.py."""

from envivo.secrets import generated
from roles.environment import environment

settings = environment(
    mediamtx={
        "paths": {
            "webcam": {"publisher": {"user": "webcam", "password": generated("lab", "publish-webcam")}},
        },
    },
    cameras={
        "webcam": {"source": "test"},
    },
)
