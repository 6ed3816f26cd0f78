"""Which images an Engine has."""

import pytest

from envivo.operations.images import LoadedImages

MEDIAMTX = "sha256:bd3f7cf4f0b30cd909bc0aeb377c82daccb3586c80c99e9bdc5ee2364ade73d3"
CADDY = "sha256:e35c6236717bb33b11b5c132ef325a8d91915f769aa01379d89266ff76eabec6"


@pytest.mark.parametrize(
    ("answer", "loaded"),
    [
        (["envivo/mediamtx:1.20.1", MEDIAMTX, "envivo/caddy:2.11.4", CADDY],
         {"envivo/mediamtx:1.20.1": MEDIAMTX, "envivo/caddy:2.11.4": CADDY}),
        (["envivo/mediamtx:1.20.1", "mirror.example/mediamtx:latest", MEDIAMTX],
         {"envivo/mediamtx:1.20.1": MEDIAMTX, "mirror.example/mediamtx:latest": MEDIAMTX}),
        # an Engine whose template language ends lines in another way
        (["envivo/caddy:2.11.4", "", CADDY, ""], {"envivo/caddy:2.11.4": CADDY}),
        ([CADDY], {}),
        ([""], {}),
    ],
)  # fmt: skip
def test_loaded_images_are_known_by_each_of_their_names(answer: list[str], loaded: dict[str, str]) -> None:
    assert LoadedImages().process(answer) == loaded
