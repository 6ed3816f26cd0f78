"""The artifacts that the rendered files of a media host name; nothing is read from their archives."""

from dataclasses import replace
from pathlib import Path

from envivo.artifacts import Artifacts, Image

ARTIFACTS = Artifacts(
    mediamtx=Image("envivo/mediamtx:1.20.1", "sha256:" + "a" * 64, Path("/cache/mediamtx.tar.gz"), "a" * 64),
    caddy=Image("envivo/caddy:2.11.4", "sha256:" + "c" * 64, Path("/cache/caddy.tar.gz"), "c" * 64),
    hls_js=Path(__file__),
)
NEWER_MEDIAMTX = replace(ARTIFACTS, mediamtx=replace(ARTIFACTS.mediamtx, reference="envivo/mediamtx:1.20.2"))
NEWER_CADDY = replace(ARTIFACTS, caddy=replace(ARTIFACTS.caddy, reference="envivo/caddy:2.12.0"))
