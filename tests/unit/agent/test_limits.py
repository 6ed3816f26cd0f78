"""The agent takes what the settings of a camera may say, and refuses what they refuse: one schema, written down twice,
since the agent runs where pydantic is not installed.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Ge, Le
from envivo_agent.config import ConfigError, parse
from pydantic import SecretStr, ValidationError

from envivo.config.types import Settings
from envivo.roles.camera.desired import agent_config
from envivo.roles.camera.picture import Crop, Overlay
from envivo.roles.camera.settings import INSTANCE, Camera
from tests.unit.settings.environments import lab
from tests.unit.settings.hosts import context

ARRIVES = {
    "source": ("source", "kind"),
    "device": ("source", "device"),
    "format": ("source", "format"),
    "controls": ("source", "controls"),
    "file": ("source", "file"),
    "url": ("source", "url"),
    "user": ("source", "user"),
    "password": ("source", "password"),
    "mode": ("source", "mode"),
    "audio": ("audio", "kind"),
    "audio_device": ("audio", "device"),
    "audio_bitrate_kbps": ("audio", "bitrate_kbps"),
    "width": ("video", "width"),
    "height": ("video", "height"),
    "fps": ("video", "fps"),
    "bitrate_kbps": ("video", "bitrate_kbps"),
    "keyframe_interval_ms": ("video", "keyframe_interval_ms"),
    "encoder": ("video", "encoder"),
    "encoder_fallback": ("video", "fallback"),
    "preset": ("video", "preset"),
    "rotate": ("picture", "rotate"),
    "mirror": ("picture", "mirror"),
    **{f"crop.{edge}": ("picture.crop", edge) for edge in Crop.model_fields},
    **{f"overlay.{name}": ("picture.overlay", name) for name in Overlay.model_fields},
    "protocol": ("publish", "protocol"),
}
"""Section and key of the agent's configuration for each setting."""
OPTIONAL = {"controls"}
"""Missing where it says nothing."""
OF_THE_DEPLOY = {"host"}
CLIP = {"source": "file", "file": "/srv/clip.mp4"}
IP_CAMERA = {"source": "rtsp", "url": "rtsp://cam-1.company.net:554/stream1"}
LOGIN = {**IP_CAMERA, "user": "admin", "password": "p@ss:w/rd%41"}
SOUND = {"audio": "alsa"}
TURNED = {"rotate": 180, "mirror": True}
BESIDE: dict[str, dict[str, Any]] = {
    "controls": {"controls": {"gain": 1}},
    "rotate": {"mirror": True},
    "mirror": {"rotate": 180},
    **{key: {**TURNED, "width": 3840} for key in ("crop.left", "crop.right")},
    **{key: {**TURNED, "height": 2160} for key in ("crop.top", "crop.bottom")},
    **{f"overlay.{name}": {"mirror": True} for name in Overlay.model_fields},
    "file": CLIP,
    "audio_device": SOUND,
    "audio_bitrate_kbps": SOUND,
    "url": IP_CAMERA,
    "mode": IP_CAMERA,
    "user": {**IP_CAMERA, "user": "admin"},
    "password": LOGIN,
}
"""What else has to be said for a setting to arrive."""
CHARACTERS = [*map(chr, range(128)), *"\x85\xa0\xad\xe9\u0663\u2028\ud800\ufeff\U0001f4f7"]
LENGTHS = (0, 1, 2, *range(60, 66), *range(245, 262), *range(4080, 4100))


def texts(good: str) -> Iterator[str]:
    """With each character at each place, of all lengths that a limit is near; and paths of many names."""
    yield from (good[:at] + char + good[at:] for char in CHARACTERS for at in (0, 1, len(good) // 2, len(good)))
    yield from (good[:1] + "a" * (length - 1) for length in LENGTHS if length)
    yield from (good + "a" * (length - len(good)) for length in LENGTHS)
    yield from ("/" + "/".join(["é" * 100] * 20) + "/" + "a" * length for length in range(60, 90))
    yield from ("", good.upper(), good.removeprefix("/"), good.replace("/", "//"))


def values(name: str) -> list[Any]:
    """Those at the limits of a setting and beyond, and some of other types."""
    part, _, own = name.rpartition(".")
    models: dict[str, type[Settings]] = {"": Camera, "crop": Crop, "overlay": Overlay}
    field = models[part].model_fields[own]
    kind = field.annotation
    if get_origin(kind) is Literal:
        others = [str(get_args(kind)[0]).upper(), str(get_args(kind)[-1]), 45, False, 90.0]
        return [*get_args(kind), "another", "", *others, 1, None, []]
    if kind is bool:
        return [True, False, 0, 1, "true", None]
    if kind is int:
        (low,) = (rule.ge for rule in field.metadata if isinstance(rule, Ge))
        (high,) = (rule.le for rule in field.metadata if isinstance(rule, Le))
        assert isinstance(low, int) and isinstance(high, int)
        near = {limit + step for limit in (low, high) for step in range(-2, 3)}
        return [*sorted(near), 0, -low, True, float(low), str(low), None, []]
    if get_origin(kind) is dict:
        names = ({one: 1} for one in ("gain", "a" * 63, "a" * 64, "", *(f"a{char}" for char in CHARACTERS)))
        limits = (limit + step for limit in (-(2**31), 2**31) for step in range(-2, 3))
        return [*names, *({"gain": number} for number in (*limits, True, 1.0, "1", None)), [], None, 1]
    if kind is SecretStr:
        return [*texts(LOGIN["password"]), 1, None, []]
    assert kind is str
    return [*texts(str(BESIDE.get(name, {}).get(name) or field.default)), 1, None, []]


def config(**settings: Any) -> dict[str, Any]:
    """The agent's configuration of a camera. Raises ValidationError."""
    more = {"file": CLIP, "rtsp": IP_CAMERA}.get(str(settings.get("source")), {})
    if settings.get("audio") == "camera":
        more = IP_CAMERA
    camera = Camera.model_validate(nested({**more, **settings}))
    environment = lab()
    agents = replace(environment.agents, cameras={"webcam": camera})
    document: dict[str, Any] = json.loads(agent_config("webcam", agents, context(environment, ["cameras"]), 0))
    return document


def nested(settings: dict[str, Any]) -> dict[str, Any]:
    """With the keys `crop.left` and the like as dictionaries."""
    whole: dict[str, Any] = {}
    for key, value in settings.items():
        part, _, name = key.rpartition(".")
        (whole.setdefault(part, {}) if part else whole)[name] = value
    return whole


def section_of(document: dict[str, Any], place: str) -> Any:
    return reduce(lambda part, step: part[step], place.split("."), document)


def taken(document: dict[str, Any]) -> bool:
    try:
        parse(json.dumps(document))
    except ConfigError:
        return False
    return True


def test_every_setting_arrives() -> None:
    nested = {name for name in Camera.model_fields if any(other.startswith(f"{name}.") for other in ARRIVES)}
    flat = {name for name in ARRIVES if "." not in name}
    assert flat | nested == Camera.model_fields.keys() - OF_THE_DEPLOY


@pytest.mark.parametrize("name", ARRIVES)
def test_agent_takes_what_the_settings_take(name: str) -> None:
    section, key = ARRIVES[name]
    beside = BESIDE.get(name, {})
    good, bad = 0, 0
    for value in values(name):
        try:
            document = config(**{**beside, name: value})
        except ValidationError:
            bad += 1
            document = config(**beside)
            section_of(document, section)[key] = value
            assert not taken(document), f"only the agent takes {value!r}"
        else:
            good += 1
            assert section_of(document, section)[key] == value
            assert taken(document), f"only the settings take {value!r}"
    assert good and bad, "values are no longer at the limits"


@pytest.mark.parametrize("name", sorted(ARRIVES.keys() - OPTIONAL))
def test_agent_has_no_default(name: str) -> None:
    section, key = ARRIVES[name]
    document = config(**BESIDE.get(name, {}))
    del section_of(document, section)[key]
    assert not taken(document)


def test_agent_takes_the_names_that_cameras_may_have() -> None:
    for name in texts("cam-1"):
        assert taken({**config(), "name": name}) == bool(re.fullmatch(INSTANCE, name)), name
