"""Which Authorization headers are taken for those of a user: exactly those from which Go reads that name."""

import base64
import binascii
import random
import re
import string
from itertools import product

import pytest

from envivo.roles.media import doors

NAMES = ("a", "b", "ab", "abc", "anna", "annabel", "ann", "annab", "x-1", "_", "--", "A" * 30, "viewer", "Zz9_")
LETTERS = string.ascii_letters + string.digits + "_-"


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def name_read(header: str) -> str | None:
    """As Go's net/http reads it (Request.BasicAuth); None where it reads none."""
    if header[:6].lower() != "basic ":
        return None
    try:
        given = base64.b64decode(header[6:], validate=True)
    except binascii.Error:
        return None
    name, colon, _ = given.partition(b":")
    return name.decode(errors="replace") if colon else None


def matches(header: str, *users: str) -> bool:
    return bool(re.search(doors.known(users), header))


@pytest.mark.parametrize(("user", "other"), list(product(NAMES, NAMES)))
@pytest.mark.parametrize("password", ["", "a", "secret", ":", "ÿ" * 3])
def test_header_is_of_its_own_user_alone(user: str, other: str, password: str) -> None:
    assert matches(basic(other, password), user) is (user == other)


def test_random_names_and_passwords_are_told_apart() -> None:
    draw = random.Random(14)  # noqa: S311 - the same ones each time
    users = ["".join(draw.choices(LETTERS, k=draw.randint(1, 12))) for _ in range(60)]
    patterns = {user: re.compile(doors.known([user])) for user in users}
    everybody = re.compile(doors.known(users))
    for _ in range(500):
        given = draw.choice([*users, "".join(draw.choices(LETTERS, k=draw.randint(0, 12)))])
        header = basic(given, draw.randbytes(draw.randint(0, 12)).decode("latin-1"))
        assert {user for user in users if patterns[user].search(header)} == ({given} & set(users)), header
        assert bool(everybody.search(header)) is (given in users)


def test_whatever_go_reads_a_name_from_is_that_of_a_user_or_of_none() -> None:
    """Letter by letter, with bits behind the name that an encoder would not set, too."""
    for user in ("a", "ab", "abc"):
        canonical = basic(user)
        for at, letter in product(range(6, len(canonical)), LETTERS.replace("-", "+").replace("_", "/") + "=, :\t"):
            header = canonical[:at] + letter + canonical[at + 1 :]
            if (name := name_read(header)) is not None:
                assert matches(header, user) is (name == user), header


@pytest.mark.parametrize(
    "header",
    [
        "", "Basic", "Basic ", "Bearer YW5uYTph", "Digest YW5uYTph", " Basic YW5uYTph", "Basic  YW5uYTph",
        "Basic\tYW5uYTph", "xBasic YW5uYTph", "Bearer x,Basic YW5uYTph", ",Basic YW5uYTph",
    ],
)  # fmt: skip
def test_what_go_reads_no_name_from_is_nobodys(header: str) -> None:
    """Also of two headers, which Caddy joins by a comma: Go reads the first."""
    assert name_read(header.split(",")[0]) is None
    assert not matches(header, "anna")


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
def test_scheme_is_of_any_case(scheme: str) -> None:
    assert matches(f"{scheme} YW5uYTph,Basic eDp4", "anna")


def test_nobody_is_no_name_that_settings_take() -> None:
    assert not re.fullmatch(r"[A-Za-z0-9_-]+", doors.NOBODY) and ":" not in doors.NOBODY
    assert base64.b64decode(doors.NOBODYS_PREFIX + basic("eva", "x")[6:]).decode() == f"{doors.NOBODY}:eva:x"
    assert not matches(basic(doors.NOBODY, "x"), "nobody", "anna")
