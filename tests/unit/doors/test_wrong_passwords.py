"""Wrong passwords at the real Caddy: what they cost it, and what the answers tell."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.doors.doors import PUBLISHED, ask, basic, dear_comparison_s, door, person, right

if TYPE_CHECKING:
    from loopback_caddy import Caddy

ANNA, ANNABEL, ED = person("anna"), person("annabel"), person("ed")
CHOSEN = {"user": "mia", "password": "blue-kettle-7"}
PATHS = {
    "hall": {**PUBLISHED, "viewers": [ANNABEL], "recordings": [ANNABEL]},
}
PLACES = ("/recordings/webcam/", "/recordings/webcam/x.mp4", "/recordings/", "/api/paths/webcam")
GIVEN = {
    "an unknown name": [basic("nosuch", "x1")],
    "a name of another path": [basic("annabel", "x2")],
    "the beginning of a name": [basic("ann", "x3")],
    "a longer name": [basic("annab", "x4")],
    "a name of one letter": [basic("x", "x5")],
    "no name": [basic("", "x6")],
    "a name with a space": [basic("an na", "x7")],
    "nobody's own name": [basic("(nobody)", "x8")],
    "a long name": [basic("y" * 4000, "x9")],
    "a long password": [basic("nosuch", "z" * 9000)],
    "small letters": [basic("nosuch", "x10").replace("Basic", "basic")],
    "capital letters": [basic("nosuch", "x11").replace("Basic", "BASIC")],
    "two headers, the unknown name first": [basic("nosuch", "x12"), basic("anna", "x12")],
    "two headers, the unknown name last": [basic("anna", "x13"), basic("nosuch", "x13")],
    "three headers, one of them of no use": ["Bearer x", basic("nosuch", "x14"), basic("anna", "x14")],
    "an empty header before": ["", basic("nosuch", "x15")],
    "a list in one header": [basic("nosuch", "x16") + "," + basic("anna", "x16")],
    "two spaces": [basic("nosuch", "x17").replace(" ", "  ")],
    "a tab": [basic("nosuch", "x18").replace(" ", "\t")],
    "a tab behind the space": [basic("nosuch", "x19").replace(" ", " \t")],
    "no padding": [basic("nosuch", "x20").rstrip("=")],
    "too much padding": [basic("nosuch", "x21") + "=="],
    "something behind": [basic("nosuch", "x22") + " x"],
    "bits that no encoder sets": [basic("nosuch", "")[:-2] + "9="],
    "a placeholder of Caddy's": [basic("{env.HOME}", "x23"), "{env.HOME}"],
    "letters of other alphabets": ["Basic \uff39".encode().decode("latin-1"), basic("\u017f", "x24")],
    "another scheme": ["Digest username=nosuch"],
}


@pytest.fixture(scope="module", params=[[ANNA, ED], [ANNA, ED, CHOSEN]], ids=["random", "chosen"])
def caddy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, caddy_program: Path
) -> Iterator["Caddy"]:
    """With passwords that are all random, and with one that a person chose."""
    paths = {**PATHS, "webcam": {**PUBLISHED, "viewers": request.param}}
    with door(paths, tmp_path_factory.mktemp("caddy"), caddy_program) as caddy:
        yield caddy


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_no_attempt_is_compared_at_the_cost_of_an_unknown_name(caddy: "Caddy", given: list[str]) -> None:
    before = caddy.cpu_s()

    answers = {ask(caddy.origin, place, *given)[0] for place in PLACES}

    assert answers == {401}
    assert caddy.cpu_s() - before < dear_comparison_s() / 2


@pytest.mark.parametrize("place", PLACES)
def test_answers_do_not_tell_whether_a_user_exists(caddy: "Caddy", place: str) -> None:
    assert ask(caddy.origin, place, basic("anna", "wrong")) == ask(caddy.origin, place, basic("nosuch", "wrong"))


def test_each_gets_where_they_may_with_the_right_password(caddy: "Caddy") -> None:
    (caddy.root / "recordings" / "webcam").mkdir(exist_ok=True)
    (caddy.root / "recordings" / "hall").mkdir(exist_ok=True)
    may = {
        (place, user): ask(caddy.origin, f"/recordings/{place}", right(user))[0]
        for place in ("webcam/", "hall/", "")
        for user in ("anna", "annabel", "ed")
    }
    assert may == {
        ("webcam/", "anna"): 200, ("webcam/", "annabel"): 401, ("webcam/", "ed"): 200,
        ("hall/", "anna"): 401, ("hall/", "annabel"): 200, ("hall/", "ed"): 401,
        ("", "anna"): 200, ("", "annabel"): 200, ("", "ed"): 200,
    }  # fmt: skip
    assert ask(caddy.origin, "/recordings/webcam/", right("anna").replace("Basic", "bASIC"))[0] == 200
    assert ask(caddy.origin, "/recordings/webcam/", right("anna"), basic("nosuch", "x"))[0] == 200
    # MediaMTX, which the status asks, is not there: the password was taken all the same
    assert ask(caddy.origin, "/api/paths/webcam", right("ed"))[0] != 401
