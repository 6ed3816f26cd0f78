"""How passwords of people stand in mediamtx.yml and the Caddyfile: all as slow hashes once one was chosen."""

import re
from typing import Any

import bcrypt
import pytest
import yaml
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from envivo.roles.media import desired, doors
from tests.unit.render.media_host import ARTIFACTS
from tests.unit.settings.environments import PASSWORD, password, production

CHOSEN, RANDOM = "blue-kettle-7", f"{PASSWORD}-ben"
ANA, BEN = {"user": "ana", "password": CHOSEN}, {"user": "ben", "password": RANDOM}
OPEN: dict[str, Any] = {"publisher": {"user": "door", "password": f"{PASSWORD}-door"}}


def texts(*people: dict[str, str], monitor: str = PASSWORD) -> tuple[str, str]:
    """mediamtx.yml and the Caddyfile where these may watch, beside the viewer of group_data/prod.py."""
    door = {**OPEN, "viewers": list(people)}
    settings = production(
        mediamtx={"monitor": {"user": "monitor", "password": monitor}, "paths": {"door": door, "open": OPEN}}
    )
    return desired.mediamtx_config(settings.media, ARTIFACTS).content, desired.caddy_config(
        settings.media, ARTIFACTS
    ).content


def kept(mediamtx: str, action: str) -> dict[str, str]:
    users = yaml.safe_load(mediamtx)["authInternalUsers"]
    return {one["user"]: one.get("pass", "") for one in users if action in [p["action"] for p in one["permissions"]]}


def accounts(caddyfile: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for user, hash_ in re.findall(r'^\s+"?([^\s"]+)"? (\$2b\$\S+)$', caddyfile, re.MULTILINE):
        found.setdefault(user, set()).add(hash_)
    return found


@pytest.mark.parametrize("people", [[ANA], [ANA, BEN], [BEN, ANA]])
def test_one_chosen_password_makes_all_hashes_of_people_slow_at_one_cost(people: list[dict[str, str]]) -> None:
    mediamtx, caddyfile = texts(*people)
    users = {"viewer", *(one["user"] for one in people)}

    for action in ("read", "playback"):
        hashes = kept(mediamtx, action)
        assert set(hashes) - {"any"} == users
        assert {hash_.rsplit("$", 2)[0] for user, hash_ in hashes.items() if user != "any"} == {
            "argon2:$argon2id$v=19$m=1024,t=1,p=1"
        }
    found = accounts(caddyfile)
    assert set(found) == {*users, doors.NOBODY}
    assert {hash_[:7] for hashes in found.values() for hash_ in hashes} == {"$2b$06$"}


def test_passwords_of_machines_stay_as_they_are() -> None:
    (with_chosen, _), (without, _) = texts(ANA), texts(BEN)
    for action in ("publish", "api"):
        assert kept(with_chosen, action) == kept(without, action)
        assert all(hash_.startswith("sha256:") for hash_ in kept(with_chosen, action).values())


def test_hashes_of_random_passwords_rest_on_them_alone() -> None:
    """Known by heart: a deploy that only brings a new envivo changes no file."""
    mediamtx, caddyfile = texts(BEN)

    assert kept(mediamtx, "read")["ben"] == "sha256:1iH1cLBaqLBEO5Y5YyG52QQ1PNICOMVZiWkrCn7fsMo="
    assert accounts(caddyfile)["ben"] == {"$2b$04$XBvNq3P9R2JiTb23GOc/Nueh9O4dexketgRz./SF.nJnX.gv5jnUy"}
    assert accounts(caddyfile)[doors.NOBODY] == {"$2b$04$" + "." * 53}
    assert accounts(texts(BEN, monitor=f"{PASSWORD}-other")[1]) == accounts(caddyfile)


def test_hashes_are_those_of_the_passwords() -> None:
    mediamtx, caddyfile = texts(ANA, BEN)
    for user, right in (("ana", CHOSEN), ("ben", RANDOM), ("viewer", password("view-webcam"))):
        Argon2id.verify_phc_encoded(right.encode(), kept(mediamtx, "read")[user].removeprefix("argon2:"))
        (hash_,) = accounts(caddyfile)[user]
        assert bcrypt.checkpw(right.encode(), hash_.encode())
        assert not bcrypt.checkpw(b"wrong", hash_.encode())


def test_same_settings_make_the_same_hashes_and_other_environments_others() -> None:
    assert texts(ANA) == texts(ANA)
    (mediamtx, caddyfile), (other_mediamtx, other_caddyfile) = texts(ANA), texts(ANA, monitor=f"{PASSWORD}-other")
    assert kept(mediamtx, "read")["ana"] != kept(other_mediamtx, "read")["ana"]
    assert accounts(caddyfile)["ana"].isdisjoint(accounts(other_caddyfile)["ana"])


def test_salt_is_not_made_of_the_password() -> None:
    """Who reads it could else try passwords without the slow hash. Nor do two people share one."""

    def salts(*people: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        mediamtx, caddyfile = texts(*people)
        return (
            {user: hash_.split("$")[-2] for user, hash_ in kept(mediamtx, "read").items() if "$" in hash_},
            {user: hash_[7:29] for user, (hash_,) in accounts(caddyfile).items()},
        )

    before = salts(ANA, {**BEN, "password": CHOSEN})
    assert salts({**ANA, "password": "tuesdayrain"}, {**BEN, "password": CHOSEN}) == before
    assert all(len(set(one.values())) == len(one) for one in before)


def test_neither_file_tells_a_chosen_password() -> None:
    assert all(CHOSEN not in text for text in texts(ANA))
