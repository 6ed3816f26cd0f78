"""Passwords that people choose: which are refused, and which of all passwords are taken for chosen."""

import secrets
from collections.abc import Callable

import pytest

from envivo.secrets.chosen import BETTER, chosen, named_after, password_weakness
from tests.unit.settings.environments import PASSWORD, assert_error, lab

SHORT = "must have at least 8 characters, has 7"
REPEATED = "must not repeat the same few characters"
SEQUENCE = "must not follow the alphabet, the digits or the keyboard"
COMMON = "must not be a commonly guessed password"
REFUSED = {
    "kettle7": SHORT,
    "k-e-tt7": SHORT,
    "aaaaaaaa": REPEATED,
    "--------": REPEATED,
    "11112222": REPEATED,
    "anaanaan": REPEATED,
    "abcabcabc": REPEATED,
    "blue-kettle-blue-kettle": REPEATED,
    "abcdefgh": SEQUENCE,
    "ABCD-efgh": SEQUENCE,
    "zyxwvuts": SEQUENCE,
    "12345678": SEQUENCE,
    "9876543210": SEQUENCE,
    "qwertyuiop": SEQUENCE,
    "lkjhgfdsa": SEQUENCE,
    "qwertz123": SEQUENCE,
    "aaaa1234": SEQUENCE,
    "abcdefghijklmnopqrstuvwxy": SEQUENCE,
    "password": COMMON,
    "Pass-word": COMMON,
    "2019password123": COMMON,
    "ChangeMe": COMMON,
    "1qaz2wsx": COMMON,
    "iloveyou2": COMMON,
    "Summer2026": COMMON,
    "webcam-2026": COMMON,
}
PHRASES = ["correct-horse-battery-staple", "Correct-Horse-7-Battery-9-Staple", "TUESDAY_RAIN_AGAIN_KETTLE"]
TAKEN = ["kettle77", "blue-kettle-7", "mD8kq2Lz", "tuesdayrain", "password-for-ben", *PHRASES]
"""`chosen` as well."""


@pytest.mark.parametrize(("value", "sentence"), REFUSED.items())
def test_password_that_is_easily_guessed_is_refused_with_what_to_do_instead(value: str, sentence: str) -> None:
    assert password_weakness(value) == f"{sentence}: {BETTER}"


@pytest.mark.parametrize("value", TAKEN)
def test_password_is_judged_by_its_length_and_not_by_what_it_is_made_of(value: str) -> None:
    assert password_weakness(value) is None
    assert chosen(value)


@pytest.mark.parametrize(
    ("value", "names", "found"),
    [
        ("ana-maria-12345678", ("ana-maria",), "ana-maria"),
        ("viewer-password1", ("viewer",), "viewer"),
        ("garden-1990", ("viewer", "garden"), "garden"),
        ("GARDEN_kettle", ("viewer", "garden"), "garden"),
        ("garden-blue-kettle-7", ("viewer", "garden"), None),
        ("bananas-for-all", ("ana",), None),
        ("kettle77", ("k", "tt", "-"), None),
        ("kettle77", (), None),
    ],
)
def test_names_that_others_see_do_not_count(value: str, names: tuple[str, ...], found: str | None) -> None:
    assert named_after(value, names) == found


@pytest.mark.parametrize(
    "make", [lambda: secrets.token_urlsafe(32), lambda: secrets.token_hex(32), lambda: secrets.token_hex(16)]
)
def test_what_is_generated_is_not_taken_for_chosen(make: Callable[[], str]) -> None:
    values = [make() for _ in range(2000)]
    assert [
        value for value in values if chosen(value) or password_weakness(value) or named_after(value, ("ana",))
    ] == []


def person(user: str, password: str) -> dict[str, str]:
    return {"user": user, "password": password}


def path(**people: list[dict[str, str]]) -> dict[str, object]:
    return {"paths": {"live/door": {"publisher": person("door", PASSWORD), **people}}}


def test_people_may_choose_their_passwords() -> None:
    ana, ben = person("ana", "blue-kettle-7"), person("ben", "tuesdayrain")
    read = lab(mediamtx=path(viewers=[ana], recordings=[ben])).mediamtx.paths["live/door"]

    assert [one.password.get_secret_value() for one in (*read.viewers, *read.recordings_for)] == [
        "blue-kettle-7",
        "tuesdayrain",
    ]


def test_finding_names_the_place_and_quotes_no_password() -> None:
    bad = path(viewers=[person("ana", "12345678")], recordings=[person("ben", "kettle7"), person("eva", "kettle 77")])
    at = "mediamtx.paths.live/door"
    assert_error(
        f"{at}.viewers.0.password: {SEQUENCE}: {BETTER}",
        f"{at}.recordings.0.password: {SHORT}: {BETTER}",
        f"{at}.recordings.1.password: must consist of letters, digits, _ and -, and not be empty",
        mediamtx=bad,
    )


@pytest.mark.parametrize(
    ("password", "name"), [("anastasia1", "anastasia"), ("door-1234", "door"), ("live99live", "live")]
)
def test_password_made_from_the_user_or_the_path_is_refused(password: str, name: str) -> None:
    assert_error(
        f"mediamtx.paths.live/door.viewers.0.password: must not contain {name}, which others can see: {BETTER}",
        mediamtx=path(viewers=[person("anastasia", password)]),
    )


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("monitor.password", {"monitor": person("monitor", "blue-kettle-7")}),
        (
            "paths.webcam.publisher.password",
            {"paths": {"webcam": {"publisher": person("webcam", "blue-kettle-7")}}},
        ),
    ],
)
def test_secrets_of_machines_have_128_bits_all_the_same(place: str, more: dict[str, object]) -> None:
    weak = "must be random and have 128 bits (`openssl rand -hex 32` prints one); this one is weaker"
    assert_error(f"mediamtx.{place}: {weak}", mediamtx=more)
