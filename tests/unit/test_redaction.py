"""What others may read: no secret in any spelling, and nothing that looks like one."""

import json
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from envivo.config.lazy import merged
from envivo.inventory import Host, Inventory
from envivo.orchestration.environment import Environment, environment
from envivo.orchestration.support import bundle, collecting
from envivo.orchestration.support.collecting import Part
from envivo.orchestration.support.redaction import Redaction, addresses_in
from tests.unit.canaries import spellings
from tests.unit.overview.test_status_command import project
from tests.unit.settings.environments import THREE_MACHINES, filled_in

__all__ = ["project"]  # a fixture

ENVIVO = Path(sys.executable).parent / "envivo"
PLAIN, ODD, SHORT = "canary-Zm9v_0123456789", "we/ird +p@ss\"w'ör\\d&<%41>🔑", "pi3$"


@pytest.mark.parametrize("secret", [PLAIN, ODD, SHORT])
def test_secret_is_replaced_in_every_spelling(secret: str) -> None:
    redaction = Redaction([secret])
    for name, text in spellings(secret).items():
        if name == "hexadecimal" and secret == SHORT:
            continue  # eight digits are also the beginning of a commit
        assert redaction.of(f"before {text} after").replace("'", "") == "before *** after", name
        assert text not in redaction.of(json.dumps({"msg": text, text: 1, "list": [f"x {text}"]})), name


def test_word_that_holds_a_short_secret_stays() -> None:
    assert Redaction(["pi"]).of("the api of pi and pie") == "the api of *** and pie"


def test_longer_secret_is_replaced_before_its_part() -> None:
    assert Redaction([PLAIN, f"{PLAIN}-more"]).of(f"x {PLAIN}-more y") == "x *** y"


KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key:\n{KEY}\nrest", "key:\n*** a private key ***\nrest"),
        (json.dumps({"tls": KEY}), {"tls": "*** a private key ***"}),
        ("cut off: " + KEY[:60], "cut off: *** a private key ***"),
        ("Cookie: session=abc; other=def\nHost: x", "Cookie: ***\nHost: x"),
        ('{"headers":{"Cookie":["session=abc"]}} more', '{"headers":{"Cookie":***}} more'),
        (json.dumps({"headers": {"Cookie": ["a=b"], "Set-Cookie": ["c=d"]}}),
         {"headers": {"Cookie": ["***"], "Set-Cookie": ["***"]}}),
        ("POST /webrtc/whep/x/2b1d6f05-3e6f-4d9d-8b7c-0123456789ab", "POST /webrtc/whep/x/2b1d6f05-***"),
        ('<turn:t?transport=udp>; username="1764:x"; credential="c2VjcmV0"',
         '<turn:t?transport=udp>; username="1764:x"; credential=***'),
        ("a=ice-pwd:abcdefgh\nx", "a=ice-pwd:***\nx"),
        ("rtsp://me:abc@192.0.2.1/x", "rtsp://***@[address 1]/x"),
        ("GET /hls/x?jwt=eyJhbGciOi.eyJzdWIi.c2ln&a=1", "GET /hls/x?jwt=***&a=1"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        (json.dumps({"password": "abc", "passwords": 3, "private_key": ""}),
         {"password": "***", "passwords": 3, "private_key": ""}),
        ("static-auth-secret=abc", "static-auth-secret=***"),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_replaced(text: str, shown: Any) -> None:
    said = Redaction([]).of(text)
    assert (said if isinstance(shown, str) else json.loads(said)) == shown


def test_addresses_of_others_have_numbers_and_own_ones_stay() -> None:
    text = "10.0.0.21:8554 203.0.113.7:40000 [2001:db8::5]:443 ::ffff:203.0.113.7 127.0.0.1 ::1 10.0.0.0/8 12:34:56 v1."
    assert Redaction([], {"10.0.0.21"}).of(text) == (
        "10.0.0.21:8554 [address 2]:40000 [[address 1]]:443 [address 2] 127.0.0.1 ::1 10.0.0.0/8 12:34:56 v1."
    )
    assert Redaction([], None).of(text) == text
    assert addresses_in("inet 10.0.0.21/24 brd 10.0.0.255, inet6 2001:DB8:0::5/64") == {
        "10.0.0.21", "10.0.0.255", "2001:db8::5",
    }  # fmt: skip


def canaries(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Where settings hold a secret."""
    if isinstance(value, SecretStr):
        yield at, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from canaries(getattr(value, name), f"{at}.{name}")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from canaries(part, f"{at}.{key}")
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from canaries(part, f"{at}.{number}")


def person(name: str) -> dict[str, str]:
    return {"user": name, "password": f"canary-{name}-Zx3-0123456789"}


CAMERA = {"webcam": {"source": "rtsp", "url": "rtsp://cam/main", "user": "admin", "password": "p@ss:w/rd%41"}}


def test_every_secret_of_settings_inventory_and_variables_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {"webcam": {"viewers": [person("viewer")], "recordings": [person("archive")]}}
    turn = {"secret": "canary-turn-Zx3-0123456789-abc", "previous_secret": "canary-former-Zx3-0123456789-abc"}
    lazy = environment(
        **merged(filled_in(THREE_MACHINES), {"mediamtx": {"paths": paths}, "turn": turn, "cameras": CAMERA})
    )
    data = {
        "settings": lazy,
        "ssh_password": "canary-ssh",
        "_sudo_password": "canary-sudo",
        "ssh_key_password": "canary-key",
    }
    hosts = (Host("media1", ("media",), data), Host("turn1", ("turn",), {"settings": lazy}))
    monkeypatch.setenv("ENVIVO_PROD_OF_NO_SETTING", "canary-variable")
    monkeypatch.setenv("ENVIVO_PROD_SWITCH", "1")

    known = set(collecting.known_secrets(Inventory("prod", hosts)))

    settings: Environment = lazy.read()
    found = dict(canaries(settings))
    assert len(found) >= 7
    assert "p@ss:w/rd%41" in known
    assert {place for place, secret in found.items() if secret.get_secret_value() not in known} == set()
    assert {"canary-ssh", "canary-sudo", "canary-key", "canary-variable"} <= known
    assert "1" not in known


class Releases:
    """A host with settings of former releases, one of which is not whole."""

    def run(self, command: str) -> Any:
        assert "/settings.json" in command
        kept: list[Any] = [
            {"paths": {"a": {"publisher": {"user": "a", "password": secret}}}} for secret in ("former-1", "former-2")
        ]
        kept.append({"turn": {"secret": "former-3"}, "web": {"tls": {"key": KEY, "domain": "video.company.net"}}})
        return SimpleNamespace(out="\n".join(map(json.dumps, kept)) + '{"cut": {"off')


def test_secrets_of_former_releases_are_known_too() -> None:
    places: Any = [SimpleNamespace(shell=Releases())]
    assert list(collecting.former_secrets(places)) == ["former-1", "former-2", "former-3", KEY]


def unpacked(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        assert {member.mode for member in members} == {0o600}
        return {member.name.partition("/")[2]: archive.extractfile(member).read().decode() for member in members}  # type: ignore[union-attr]


def test_every_file_goes_through_the_redaction(tmp_path: Path) -> None:
    parts = [Part(f"hosts/a/{name}.txt", f"1 {text}\n") for name, text in spellings(PLAIN).items() if "/" not in name]
    parts.append(Part(f"hosts/{PLAIN}/x.json", json.dumps({"a": [PLAIN]})))

    written = bundle.write(tmp_path / "b.tar.gz", Redaction([PLAIN]), parts)

    files = unpacked(tmp_path / "b.tar.gz")
    assert {name: len(text) for name, text in files.items()} == written
    assert set(files.values()) == {"1 ***\n", '{\n  "a": [\n    "***"\n  ]\n}\n'}
    assert "hosts/***/x.json" in files
    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["b.tar.gz"]


def test_bundle_that_ends_early_leaves_nothing(tmp_path: Path) -> None:
    def parts() -> Iterator[Part]:
        yield Part("a", "b")
        raise OSError

    with pytest.raises(OSError):
        bundle.write(tmp_path / "b.tar.gz", Redaction([]), parts())
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_is_too_long_is_cut_at_a_line() -> None:
    assert collecting.newest("one secret\ntwo\nthree\n", 12) == "two\nthree\n"
    assert collecting.newest("one\n", 12) == "one\n"


def envivo(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([ENVIVO, *arguments], cwd=directory, capture_output=True, text=True, check=False)


def test_hosts_that_do_not_answer_are_stated_and_the_rest_is_there(project: Path) -> None:
    done = envivo(project, "support-bundle", "home", "--to", "b.tar.gz")
    assert done.returncode == 0, done.stderr

    files = unpacked(project / "b.tar.gz")
    for host in ("media1", "cam1"):
        assert "cannot be reached over SSH" in files[f"hosts/{host}/error.txt"]
        assert f"{host} did not answer" in done.stdout
    assert {"README.txt", "versions.txt", "settings.json", "inventory.json"} < set(files)
    for command in ("status", "history", "verify", "plan", "check"):
        assert json.loads(files[f"{command}.json"])["ok"] is False
    secrets = json.loads((project / ".envivo/secrets/home.json").read_text()).values()
    assert secrets
    assert [name for name, text in files.items() for secret in secrets if secret in text] == []
    assert "192.0.2.1" in files["settings.json"]
    assert done.stdout.splitlines()[-1] == "next: read through it before you send it: tar -xzf b.tar.gz"

    again = envivo(project, "support-bundle", "home", "--to", "b.tar.gz")
    assert (again.returncode, again.stderr) == (2, "--to b.tar.gz: already exists: name another file\n")
    gone = envivo(project, "support-bundle", "home", "--to", "there/b.tar.gz")
    assert (gone.returncode, gone.stderr) == (2, "--to there/b.tar.gz: its directory does not exist: mkdir there\n")
