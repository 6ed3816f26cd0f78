"""Staging: what production is, on the hosts of `envivo lab up --topology wan`: names, addresses and the certificate
authority are the lab's, secrets are generated, and the camera is a test picture, since lab hosts have none."""

from envivo.lab.staging import overrides as _lab
from envivo.orchestration.environment import derive
from group_data.prod import settings as _production

settings = derive(_production, _lab, cameras={"webcam": {"source": "test"}})
