"""The lab: everything open, plain HTTP, a moving test picture. Every setting: `envivo settings`."""

from envivo import environment, secret

settings = environment(
    mediamtx={
        "monitor": {"user": "monitor", "password": secret("monitor")},
        "paths": {
            "webcam": {"publisher": {"user": "webcam", "password": secret("publish-webcam")}},
        },
    },
    cameras={
        "webcam": {"source": "test"},
    },
)
