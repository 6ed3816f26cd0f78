"""Environments to start from, and the one way in which tests say how a wrong one is refused."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from envivo.config.lazy import LazySettings, merged
from envivo.core.errors import SettingsError
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration.environment import Environment, environment

PASSWORD = "canary-Zm9v_0123456789-Qk7"
HERE = "tests/unit/settings/environments.py"
"""`environment` names the file that called it."""

LAB: Mapping[str, Any] = {
    "mediamtx": {
        "monitor": {"user": "monitor", "password": PASSWORD},
        "paths": {"webcam": {"publisher": {"user": "webcam", "password": PASSWORD}}},
    },
    "cameras": {"webcam": {"source": "test"}},
}

DOMAIN, ADDRESS = "video.company.net", "198.51.100.10"
TURN_DOMAIN, TURN_ADDRESS = "turn.company.net", "198.51.100.11"
EMAIL = "video@company.net"
THREE_MACHINES = {
    "DOMAIN": DOMAIN,
    "ADDRESS": ADDRESS,
    "TURN_DOMAIN": TURN_DOMAIN,
    "TURN_ADDRESS": TURN_ADDRESS,
    "EMAIL": EMAIL,
}
"""What group_data/prod.py leaves to its user."""
ONE_MACHINE = {**THREE_MACHINES, "TURN_DOMAIN": DOMAIN, "TURN_ADDRESS": ADDRESS}


def lab(**more: Any) -> Environment:
    """The lab's environment with `more` in it."""
    return drafted(**more).read()


def drafted(**more: Any) -> LazySettings[Environment]:
    """As group data define it."""
    return environment(**merged(LAB, more))


def production(**more: Any) -> Environment:
    """group_data/prod.py filled in for three machines, with `more` in it."""
    return environment(**merged(filled_in(THREE_MACHINES), more)).read()


def one_machine(**more: Any) -> Environment:
    """group_data/prod.py filled in for one machine that is all of it, with `more` in it."""
    return environment(**merged(filled_in(ONE_MACHINE), more)).read()


def filled_in(values: Mapping[str, str]) -> dict[str, Any]:
    """What group_data/prod.py gives to `environment`: each fill_in("NAME", ...) is values["NAME"], if that is there,
    and each secret is a password of these tests.
    """
    file = ROOT / "group_data" / "prod.py"
    text, found = re.subn(
        r'fill_in\("(\w+)", "[^"]*"\)',
        lambda one: repr(values[one[1]]) if one[1] in values else one[0],
        file.read_text(),
    )
    assert found == len(THREE_MACHINES), "the file asks for something else than these tests know"
    imports = "from envivo import environment, fill_in, optional_secret, secret\n"
    assert text.count(imports) == 1
    ours = "from envivo import fill_in, optional_secret"
    text = text.replace(imports, f"{ours}; from {__name__} import password as secret; environment = dict\n")
    names: dict[str, Any] = {}
    exec(compile(text, str(file), "exec"), names)  # noqa: S102 - as pyinfra does
    settings: dict[str, Any] = names["settings"]
    return settings


def password(name: str) -> str:
    """What these tests give for the secret `name`."""
    return f"{PASSWORD}-{name}"


def shipped(env: str) -> dict[str, Any]:
    """What group_data/ENV.py defines."""
    file = ROOT / "group_data" / f"{env}.py"
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)  # noqa: S102 - as pyinfra does
    return names


def assert_error(*findings: str, of: Callable[..., Environment] = lab, **bad: Any) -> None:
    """`of(**bad)` is refused with exactly these findings, `path: sentence`, and quotes no password."""
    with pytest.raises(SettingsError) as refused:
        of(**bad)

    assert [str(problem) for problem in refused.value.problems] == [f"{HERE}: {finding}" for finding in findings]
    assert str(refused.value) == "\n".join(
        ["invalid settings:", *(f"    {problem}" for problem in refused.value.problems)]
    )
    assert PASSWORD not in str(refused.value)


def at(place: str, value: object) -> dict[str, Any]:
    """The settings with this value at a place such as `web.tls.email`."""
    for step in reversed(place.split(".")):
        value = {step: value}
    assert isinstance(value, dict)
    return value


def findings(base: Mapping[str, Any], more: Mapping[str, Any]) -> list[str]:
    """Without the file that they name."""
    try:
        environment(**merged(base, more)).read()
    except SettingsError as error:
        assert {problem.file for problem in error.problems} == {HERE}
        return [str(problem.of("")) for problem in error.problems]
    return []
