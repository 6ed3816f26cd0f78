"""The artifacts that the rendered files of a media host name; nothing is read from their archives."""

import hashlib
from dataclasses import replace
from pathlib import Path

from envivo.artifacts import Artifacts, Image, PinnedFile

ARTIFACTS = Artifacts(
    mediamtx=Image("envivo/mediamtx:1.20.1", "sha256:" + "a" * 64, Path("/cache/mediamtx.tar.gz"), "a" * 64),
    caddy=Image("envivo/caddy:2.11.4", "sha256:" + "c" * 64, Path("/cache/caddy.tar.gz"), "c" * 64),
    hls_js=PinnedFile(Path(__file__), hashlib.sha256(Path(__file__).read_bytes()).hexdigest()),
)
NEWER_MEDIAMTX = replace(ARTIFACTS, mediamtx=replace(ARTIFACTS.mediamtx, reference="envivo/mediamtx:1.20.2"))
NEWER_CADDY = replace(ARTIFACTS, caddy=replace(ARTIFACTS.caddy, reference="envivo/caddy:2.12.0"))
