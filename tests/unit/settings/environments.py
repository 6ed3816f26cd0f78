"""Environments to start from, and the one way in which tests say how a wrong one is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from envivo.places import ROOT
from envivo.settings import SettingsError
from roles.environment import Environment, environment

PASSWORD = "canary-Zm9v_0123456789"
HERE = "tests/unit/settings/environments.py"
"""`environment` names the file that called it."""

LAB: Mapping[str, Any] = {
    "mediamtx": {"paths": {"webcam": {"publisher": {"user": "webcam", "password": PASSWORD}}}},
    "cameras": {"webcam": {"source": "test"}},
}


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with what `more` says, dictionary by dictionary."""
    return {
        **base,
        **{
            key: merged(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
            for key, value in more.items()
        },
    }


def lab(**more: Any) -> Environment:
    """The lab's environment with `more` in it."""
    return environment(**merged(LAB, more))


def shipped(env: str) -> dict[str, Any]:
    """What group_data/ENV.py defines."""
    file = ROOT / "group_data" / f"{env}.py"
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)  # noqa: S102 - as pyinfra does
    return names


def assert_error(*findings: str, **bad: Any) -> None:
    """`lab(**bad)` is refused with exactly these findings, `path: sentence`, and quotes no password."""
    with pytest.raises(SettingsError) as refused:
        lab(**bad)

    assert refused.value.lines == [f"{HERE}: {finding}" for finding in findings]
    assert str(refused.value) == "\n".join(
        ["the settings are not right:", *(f"    {line}" for line in refused.value.lines)]
    )
    assert PASSWORD not in str(refused.value)
