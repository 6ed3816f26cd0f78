"""What the settings accept the real programs accept, and mean what was written; what they refuse they name.

docs/reference/tests.md: the same settings in each run, more of them in a proof.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as Run  # noqa: N812 - those here are ours

from envivo.config.lazy import merged
from envivo.core.errors import SettingsError
from envivo.core.quoting import LONGEST, shown_key
from envivo.orchestration.environment import Environment, environment
from envivo.roles.media import desired
from tests.unit.meaning import caddy_says, generated, known, mediamtx_says, others_say
from tests.unit.meaning.generated import Place
from tests.unit.meaning.programs import Programs
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import LAB, ONE_MACHINE, PASSWORD, filled_in

HERE = "tests/unit/meaning/test_meaning.py"
BASES: Mapping[str, Mapping[str, Any]] = {"plain": LAB, "encrypted": filled_in(ONE_MACHINE)}
KNOWN = {"plain": known.PLAIN, "encrypted": known.ENCRYPTED}
FIELDS = {"plain": generated.PLAIN, "encrypted": generated.ENCRYPTED}


def dotted(place: Place) -> str:
    return ".".join(map(shown_key, place))


def data(base: Mapping[str, Any], entries: Mapping[Place, Any]) -> dict[str, Any]:
    found: dict[str, Any] = dict(base)
    for place, value in entries.items():
        for step in reversed(place):
            value = {step: value}
        found = merged(found, value)
    return found


def accepted(base: Mapping[str, Any], entries: Mapping[Place, Any]) -> tuple[Environment, dict[Place, Any]]:
    """The settings without what they refuse, and what was not refused. Each finding names an entry, and can be read."""
    left = dict(entries)
    while True:
        try:
            return environment(**data(base, left)).read(), left
        except SettingsError as error:
            found = [str(problem.of("")) for problem in error.problems]
        for text in found:
            assert text.isprintable() and len(text) < 10 * LONGEST, text
            assert PASSWORD not in text
        named = {place for text in found for place in _places(text, left)}
        if not named:  # what must hold between two settings is a finding of one of them, or of their part
            related = [place for text in found for place in left if dotted(place) in text]
            named = set((related or [place for text in found for place in left if place[0] in text])[:1])
        assert named, (found, left)
        left = {place: value for place, value in left.items() if place not in named}


def _places(text: str, entries: Iterable[Place]) -> list[Place]:
    """Of those that a finding names the narrowest."""
    named = [place for place in entries if text.startswith((f"{dotted(place)}:", f"{dotted(place)}."))]
    return sorted(named, key=len)[-1:]


def looked_up(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step]
    return value


def masked(secret: str) -> str:
    """As settings show it."""
    return "**********" if secret else ""


def without_secrets(value: Any) -> Any:
    match value:
        case dict():
            return {key: masked(one) if key in ("password", "secret", "root_key", "key") else without_secrets(one)
                    for key, one in value.items()}  # fmt: skip
        case list() | tuple():
            return [without_secrets(one) for one in value]
        case _:
            return value


def assert_meant(programs: Programs, kind: str, entries: Mapping[Place, Any]) -> None:
    settings, left = accepted(BASES[kind], entries)
    if not left and entries:
        return  # all of it was refused
    read = settings.to_json()
    for place, value in left.items():
        is_ = looked_up(read, place)
        expected = masked(value) if place[-1] == "secret" else without_secrets(value)
        if isinstance(expected, dict):
            is_ = {key: is_[key] for key in expected}
            is_ = without_secrets(is_)
        assert is_ == expected and type(is_) is type(expected), place

    turn_here = settings.turn is not None
    content = desired.mediamtx_config(settings.media, ARTIFACTS).content
    found = [
        *mediamtx_says.differences(settings, content, programs.mediamtx(settings)),
        *caddy_says.differences(settings, programs.caddy(settings, turn_here), turn_here),
        *others_say.differences(settings, ["media", "turn"]),
    ]
    assert found == []


CALM = Run(
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),  # to shrink what fails takes minutes; its difference says enough
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example),
)


@pytest.mark.parametrize("kind", BASES)
def test_settings_that_were_misunderstood_are_refused_by_name_or_understood(asked: Programs, kind: str) -> None:
    for entries in KNOWN[kind]:
        assert_meant(asked, kind, entries)


@pytest.mark.parametrize("kind", BASES)
def test_settings_are_refused_by_name_or_mean_what_was_written(asked: Programs, kind: str) -> None:
    @Run(CALM, max_examples=40)
    @given(generated.entries(FIELDS[kind]))
    def judge(entries: dict[Place, Any]) -> None:
        assert_meant(asked, kind, entries)

    judge()


@pytest.mark.proof
@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("kind", BASES)
def test_more_settings_are_refused_by_name_or_mean_what_was_written(asked: Programs, kind: str, number: int) -> None:
    @seed(number)
    @Run(CALM, max_examples=100, derandomize=False)
    @given(generated.entries(FIELDS[kind]))
    def judge(entries: dict[Place, Any]) -> None:
        assert_meant(asked, kind, entries)

    judge()
