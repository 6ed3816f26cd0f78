"""Production: TLS, TURN and a password for everybody. envivo refuses to connect until all of this is filled in."""

from envivo import environment, fill_in, optional_secret, secret

# ---- Fill in: replace each fill_in(...) with your value, like the example in it --------------------------------------
DOMAIN = fill_in("DOMAIN", "video.company.net")  # the page's name; its A record is ADDRESS-----------------------------
ADDRESS = fill_in("ADDRESS", "198.51.100.10")  # the media host, as the internet reaches it
TURN_DOMAIN = fill_in("TURN_DOMAIN", "turn.company.net")  # its A record is TURN_ADDRESS; on one machine also: = DOMAIN
TURN_ADDRESS = fill_in("TURN_ADDRESS", "198.51.100.11")  # on one machine: = ADDRESS
EMAIL = fill_in("EMAIL", "video@company.net")  # contact e-mail for the certificate authority
# Secrets: `envivo secrets prod` lists them, and says where they may be put. Hosts: inventories/prod.py.
# ----------------------------------------------------------------------------------------------------------------------

settings = environment(
    secrets="given",
    public_address=ADDRESS,
    web={
        "domain": DOMAIN,
        "tls": {"issuer": "acme", "email": EMAIL},
    },
    turn={
        "domain": TURN_DOMAIN,
        "address": TURN_ADDRESS,
        "secret": secret("turn"),
        "previous_secret": optional_secret("turn-previous"),  # for a day after `turn` has changed
    },
    mediamtx={
        "monitor": {"user": "monitor", "password": secret("monitor")},
        "paths": {
            "webcam": {
                "publisher": {"user": "webcam", "password": secret("publish-webcam")},
                # without viewers, anyone may watch
                "viewers": [{"user": "viewer", "password": secret("view-webcam")}],
            },
        },
    },
    cameras={
        "webcam": {"source": "v4l2", "device": "/dev/video0"},
    },
)
