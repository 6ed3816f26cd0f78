"""What a media host has to deliver, seen from inside it and from where viewers are."""

import time
from collections.abc import Iterator, Mapping
from functools import partial

from envivo.findings import Finding
from envivo.operations.preflight import Listener, parse
from envivo.places import PROJECT
from envivo.probes import ProbeError, hls, ports, recordings, rtsp, stun, until, web, whep
from envivo.probes.containers import container_state
from envivo.probes.mediamtx import path_state
from envivo.settings import duration
from envivo.verification import Check
from roles.camera import checks as camera_checks
from roles.media.desired import BUSYBOX_GET, COMPOSE_FILE, RECORDINGS
from roles.target import Target
