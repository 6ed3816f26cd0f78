"""What holds of every rendered file."""

import pytest
from jinja2 import UndefinedError
from pydantic import SecretStr

from envivo.places import ROOT
from envivo.render import hashed, render, render_revised, revision
from roles.camera import desired as camera
from roles.media import desired as media
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import lab


def rendered() -> dict[str, str]:
    """Every text that a deploy of the lab renders, by name."""
    settings = lab()
    mediamtx, caddy = media.mediamtx_config(settings, ARTIFACTS), media.caddy_config(settings, ARTIFACTS)
    unit = [file for file in camera.files(settings, {}, "192.0.2.1") if file.path == camera.UNIT_FILE]
    return {
        "mediamtx.yml": mediamtx.content,
        "Caddyfile": caddy.content,
        "compose.yml": media.compose(settings, ARTIFACTS)[0],
        "switch of mediamtx.yml": mediamtx.script,
        "switch of Caddyfile": caddy.script,
        "agent's unit": "".join(file.content.decode() for file in unit),  # type: ignore[union-attr]
        "agent's configuration": camera.agent_config("webcam", settings.cameras["webcam"], settings, "192.0.2.1"),
    }


@pytest.mark.parametrize("name", rendered())
def test_rendered_file_holds_no_masked_secret(name: str) -> None:
    text = rendered()[name]

    assert text.strip()
    assert "***" not in text and "MASKED" not in text


@pytest.mark.parametrize("name", rendered())
def test_rendered_file_holds_no_trace_of_the_template(name: str) -> None:
    text = rendered()[name]

    assert "{%" not in text and "cfg." not in text and "None" not in text and "SecretStr" not in text


TEMPLATES = [path for path in sorted(ROOT.glob("templates/*/*.j2")) if "cfg." in path.read_text()]


@pytest.mark.parametrize("template", [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES])
def test_template_refuses_to_render_without_its_values(template: str) -> None:
    with pytest.raises(UndefinedError):
        render(template)


def test_hashed_is_what_mediamtx_compares_with() -> None:
    # printf secret | openssl dgst -binary -sha256 | openssl base64
    assert hashed(SecretStr("secret")) == "sha256:K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="


def test_revision_is_short_and_of_the_text_alone() -> None:
    assert revision("a") == revision("a") != revision("b")
    assert revision("a") == "envivo-ca978112ca1bbdca"


def test_revised_file_holds_the_revision_that_is_handed_back() -> None:
    values = {"site": ":1", "webrtc_port": 2, "hls_port": 3, "web_root": "/srv", "admin_socket": "/run/a"}

    content, its = render_revised("media/Caddyfile.j2", **values)

    assert its in content
    assert render("media/Caddyfile.j2", revision="", **values) == content.replace(its, "")
    assert its == revision(content.replace(its, ""))
