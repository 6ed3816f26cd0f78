"""Values that are no secrets: blank, placeholders, weak ones."""

import secrets
from collections.abc import Callable

import pytest

from envivo.secrets.strength import secret_weakness

PLACEHOLDERS = [
    "changeme", "change-me", "change_me", "CHANGE_ME", "Change Me", "password", "Secret", "example", "TODO", "xxx",
    "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "<the password of the webcam>",
]  # fmt: skip
WEAK = [
    "door-password",
    "hunter2",
    "a" * 64,
    "abcab" * 20,
    "correct-horse-" * 4,
    "password-password-password",
    "0123456789abcdef" * 3,
    "31415926535897932384626433832795028841",  # 38 digits: 126 bits
    "5f4dcc3b5aa765d61d8327deb882cf9",  # 31 hexadecimal digits: 124 bits
    "abcdefghijklmnopqrstuvwx",  # 24 of 36: 124 bits
    "Zm9vYmFyYmF6LWJhei1mb",  # 21 of 64: 126 bits
]
STRONG = [
    "314159265358979323846264338327950288419",  # 39 digits
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "abcdefghijklmnopqrstuvwxy",
    "Zm9vYmFyYmF6LWJhei1mb2",
    "canary-Zm9v_0123456789",
]


def test_blank_value_is_refused() -> None:
    assert {secret_weakness(value) for value in ("", " ", "\t\n")} == {"must be random, is blank"}


def test_placeholder_is_refused() -> None:
    expected = "must be random, is a placeholder"
    assert [value for value in PLACEHOLDERS if secret_weakness(value) != expected] == []


def test_weak_value_is_refused_and_not_quoted() -> None:
    for value in WEAK:
        said = secret_weakness(value) or ""
        assert said.endswith("is weaker"), value
        assert value not in said


def test_value_of_128_bits_passes() -> None:
    assert [value for value in STRONG if secret_weakness(value)] == []


@pytest.mark.parametrize("make", [secrets.token_urlsafe, secrets.token_hex])
def test_256_random_bits_always_pass(make: Callable[[int], str]) -> None:
    assert {secret_weakness(make(32)) for _ in range(2000)} == {None}
