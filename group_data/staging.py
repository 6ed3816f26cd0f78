"""Staging: what production is, on the hosts of `envivo lab up --topology wan`: names, addresses and the certificate
authority are the lab's, secrets are generated, and the camera is a test picture, since lab hosts have none."""

from group_data.prod import settings as _production
from lab.staging import exchanged as _lab
from roles.environment import exchanged

settings = exchanged(_production, _lab, cameras={"webcam": {"source": "test"}})
