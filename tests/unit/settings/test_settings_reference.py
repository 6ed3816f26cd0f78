"""What the settings say of themselves."""

import json

import pytest

from envivo.cli.reference_files import json_schema, markdown
from envivo.config.interrupts import Interrupts
from envivo.config.models import meant, model_at
from envivo.config.reference import Setting, parts, settings
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration.environment import Environment
from envivo.roles.media.settings import Path, Person

ALL = {setting.path: setting for setting in settings(Environment)}
PARTS = {place for part in parts(Environment) for place in part.places}


@pytest.mark.parametrize("setting", ALL.values(), ids=ALL)
def test_setting_says_what_it_is_and_whom_a_change_of_it_interrupts(setting: Setting) -> None:
    assert setting.sentence.endswith("."), "add a docstring below the field"
    assert setting.type
    assert setting.interrupts or setting.path in PARTS, "add an Interrupts to its type, or `interrupts` to its model"


def test_every_effect_is_said_of_some_setting() -> None:
    assert {setting.interrupts for setting in ALL.values()} == {None, *Interrupts}


@pytest.mark.parametrize(
    ("path", "type_", "default"),
    [
        ("mediamtx.hls.port", "port, 1024 to 65535", "8888"),
        ("mediamtx.hls.segment_duration", "duration (200ms, 10s, 5m, 7d), at least 1s", "'1s'"),
        ("mediamtx.log_level", "error, warn, info or debug", "'info'"),
        ("mediamtx.paths", "dictionary by name of a path: Path", None),
        ("mediamtx.paths.NAME.record", "True or False", "True"),
        ("mediamtx.paths.NAME.viewers", "list of: Person", "[]"),
        ("mediamtx.paths.NAME.viewers.N.password", "password", None),
        ("mediamtx.webrtc.additional_hosts", "list of: host name or IPv4 address", "[]"),
        ("turn.previous_secret", "secret or None", "None"),
        ("web.tls.key", "key in PEM, or the name of its file", None),
        ("cameras.NAME.width", "even number, 160 to 3840", "1280"),
    ],
)
def test_type_and_default_of_a_setting_are_readable(path: str, type_: str, default: str | None) -> None:
    assert (ALL[path].type, ALL[path].default) == (type_, default)


def test_effect_of_a_field_goes_before_that_of_its_model() -> None:
    found = {path: ALL[path].interrupts for path in ("turn.relays", "turn.port", "mediamtx.hls", "mediamtx.hls.port")}

    assert list(found.values()) == [Interrupts.RELAYED, Interrupts.WEBRTC, None, Interrupts.HLS]


def test_path_leads_through_names_and_places_to_a_model() -> None:
    assert model_at(Environment, ()) is Environment
    assert model_at(Environment, ("mediamtx", "paths", "live/garden")) is Path
    assert model_at(Environment, ("mediamtx", "paths", "webcam", "viewers", 0)) is Person
    for steps in (("colour",), ("mediamtx", "paths"), ("mediamtx", "rtmp_port"), ("mediamtx", "rtmp_port", "x")):
        assert model_at(Environment, steps) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("medamtx", "mediamtx"),
        ("mediamtx.hls.segments", "segment_count"),
        ("mediamtx.paths.webcam.recordd", "record"),
        ("mediamtx.paths.webcam.viewers.0.pass", "password"),
        ("cameras.webcam.widht", "width"),
        ("colour", None),
        ("nowhere.at.all", None),
    ],
)
def test_name_that_was_meant_is_one_that_is_near(path: str, name: str | None) -> None:
    assert meant(Environment, path.split(".")) == name


@pytest.mark.parametrize("file", ["settings.md", "settings.schema.json"])
def test_file_of_the_reference_is_what_the_models_say(file: str) -> None:
    said = markdown(Environment) if file.endswith(".md") else json_schema(Environment)

    assert (ROOT / "docs" / "reference" / file).read_text() == said, "run: make reference"


def test_schema_for_machines_says_whom_a_change_interrupts_and_no_default_of_a_secret() -> None:
    parts = json.loads(json_schema(Environment))["$defs"]

    assert parts["Web"]["properties"]["port"] == {
        "default": 8080,
        "description": "TCP port of the page in plain HTTP; only without `domain`, or behind `trusted_proxies`.",
        "maximum": 65535,
        "minimum": 1024,
        "type": "integer",
        "x-interrupts": "page-and-hls",
    }
    assert "default" not in parts["Tls"]["properties"]["key"]
