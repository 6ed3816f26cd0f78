"""What holds of every rendered file."""

import re

import bcrypt
import pytest
from jinja2 import UndefinedError
from pydantic import SecretStr

from envivo.render import bcrypted, hashed, render, render_revised, revision
from roles.camera import desired as camera
from roles.certificates.desired import COTURN_PAIR
from roles.media import desired as media
from tests.unit.render.hosts import three_machines
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import lab, production


def rendered() -> dict[str, str]:
    """Every text that a deploy of the lab, or of production, renders."""
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
        "agent's configuration": camera.agent_config("webcam", settings.cameras["webcam"], settings, "192.0.2.1", 9180),
        **{
            f"{host}: {name}": text
            for (host, name), text in three_machines(production()).items()
            if not name.endswith(".py")  # the agent itself
        },
    }


def test_rendered_file_holds_no_masked_secret_and_no_trace_of_its_template() -> None:
    texts = rendered()
    traces = ("***", "MASKED", "SecretStr", "{%", "cfg.", "None")

    assert [name for name, text in texts.items() if not text.strip()] == []
    assert [(name, trace) for name, text in texts.items() for trace in traces if trace in text] == []


def test_template_refuses_to_render_without_its_values() -> None:
    with pytest.raises(UndefinedError):
        render("media/mediamtx.yml.j2")


def test_hashed_is_what_mediamtx_compares_with() -> None:
    # printf secret | openssl dgst -binary -sha256 | openssl base64
    assert hashed(SecretStr("secret")) == "sha256:K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="


def test_revision_is_short_and_of_the_text_alone() -> None:
    assert revision("b") != revision("a") == "envivo-ca978112ca1bbdca"


def test_revised_file_holds_the_revision_that_is_handed_back() -> None:
    turn = production().turn
    values = {"turn": turn, "pair": COTURN_PAIR, "peers": ["198.51.100.10"], "bytes_per_second": 1}

    content, its = render_revised("turn/turnserver.conf.j2", **values)

    assert its in content
    assert render("turn/turnserver.conf.j2", revision="", **values) == content.replace(its, "")
    assert its == revision(content.replace(its, ""))


def test_bcrypted_is_what_caddy_compares_with() -> None:
    one, same, other = (bcrypted(SecretStr(text)) for text in ("secret-one", "secret-one", "secret-two"))

    assert bcrypt.checkpw(b"secret-one", one.encode()) and not bcrypt.checkpw(b"secret-two", one.encode())
    # the same settings render the same file, from a salt that tells nothing of another secret
    assert one == same and len({one[:29], other[:29]}) == 2
    assert re.fullmatch(r"\$2b\$04\$[./A-Za-z0-9]{53}", one)


def test_bcrypted_makes_a_salt_of_any_secret() -> None:
    for length in range(20, 30):
        secret = "Zm9v_0123456789-Qk7-abcdefghijk"[:length]
        assert bcrypt.checkpw(secret.encode(), bcrypted(SecretStr(secret)).encode()), secret
