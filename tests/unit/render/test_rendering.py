"""What holds of every rendered file."""

import re

import bcrypt
import pytest
from jinja2 import UndefinedError
from pydantic import SecretStr

from envivo.render import bcrypted, hashed, render, revision
from envivo.roles.camera import desired as camera
from tests.unit.render.hosts import files_of, media_host, three_machines
from tests.unit.settings.environments import lab, production
from tests.unit.settings.hosts import context


def test_rendered_file_holds_no_masked_secret_and_no_trace_of_its_template() -> None:
    settings = lab()
    of_lab = {**media_host(settings), **files_of(camera.files(settings.agents, context(settings, ["cameras"])))}
    of_production = {f"{host}: {name}": text for (host, name), text in three_machines(production()).items()}
    # but for the agent itself
    texts = {name: text for name, text in {**of_lab, **of_production}.items() if not name.endswith(".py")}
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
