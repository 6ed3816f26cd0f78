"""Diffs of files with secrets: what differs shows, no secret does, neither of the settings nor of the host."""

import pytest
from pydantic import SecretStr

from envivo.config.types import Settings
from envivo.operations.contents import Version
from envivo.orchestration.environment import Environment
from envivo.plan.masking import choices_of, masked_diff, secrets_of
from envivo.plan.replaced import compared

OURS = "canary-ours-0123456789-Qk7"
OLD = "canary-old-9876543210-Zx3"
ARGON = "argon2:$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"
BCRYPT = "$2b$04$abcdefghijklmnopqrstuuJ1cZ5b0ZcN0mF7lYJq9kQ2vQpUu3F6O"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("readTimeout: 33s", "readTimeout: 10s", ["-readTimeout: 33s", "+readTimeout: 10s"]),
        ("a: 1", f"a: 1\npass: {OURS}", [" a: 1", "+pass: ***"]),
        # rotated: both versions show as one, and the lines do
        (f'pass: "{OLD}"', f'pass: "{OURS}"', ["-pass: ***", "+pass: ***"]),
        (f"static-auth-secret={OLD}", f"static-auth-secret={OURS}",
         ["-static-auth-secret=***", "+static-auth-secret=***"]),
        (f'  "password": "{OLD}",', f'  "password": "{OURS}",', ['-  "password": ***,', '+  "password": ***,']),
        ("password: two words", "", ["-password: ***"]),
        ("pass: 'short'", "", ["-pass: ***"]),
        # no key says that it is one
        (f'user = "monitor:{OLD}"', f'user = "monitor:{OURS}"', ['-user = "monitor:***"', '+user = "monitor:***"']),
        (f"# {OLD}", "", ["-# ***"]),
        (f"Authorization: Basic {OLD}=", "", ["-Authorization: Basic ***"]),
        (f"source: rtsp://me:{OLD}@10.0.0.5/1", "", ["-source: rtsp://***@10.0.0.5/1"]),
        (f"- user: a\n  pass: {ARGON}", "- user: a", [" - user: a", "-  pass: ***"]),
        (f"\t\t\tana {BCRYPT}", "", ["-\t\t\tana ***"]),
        ('user = "old:correct horse/battery"', "", ['-user = "old:***"']),
        ('"password": "a\\"b", "x": 1', "", ['-"password": ***, "x": 1']),
        # a word of the deploy's version, and the key of a line, are none
        ("webrtcAdditionalHosts: [192.0.2.1]", "webrtcAdditionalHosts: [192.0.2.2]",
         ["-webrtcAdditionalHosts: [192.0.2.1]", "+webrtcAdditionalHosts: [192.0.2.2]"]),
        ("recordDeleteAfter: 1h", "", ["-recordDeleteAfter: 1h"]),
        (f"-----BEGIN PRIVATE KEY-----\n{OLD}\n-----END PRIVATE KEY-----", "", ["*** a private key ***"]),
    ],
)  # fmt: skip
def test_secret_is_masked_and_what_differs_shows(old: str, new: str, shown: list[str]) -> None:
    diff = masked_diff(old, new, [OURS], private=True)

    assert [line for line in diff if not line.startswith(("---", "+++", "@@"))] == shown
    assert not [line for line in diff if OURS in line or OLD in line]


def test_file_that_everybody_may_read_shows_its_words() -> None:
    assert "-# written by hand" in masked_diff("# written by hand", "", [], private=False)
    assert "-# *** by hand" in masked_diff("# scribbled by hand", "", [], private=True)


def test_word_that_a_setting_is_chosen_from_is_no_secret() -> None:
    public = set(choices_of(Environment))
    assert {"openh264", "lowLatency", "passthrough"} <= public
    old, new = f'"encoder": "openh264", "x": "{OLD}"', '"encoder": "auto"'
    assert masked_diff(old, new, [], private=True, public=public)[3] == '-"encoder": "openh264", "x": "***"'
    assert masked_diff("secret: openh264", "", [], private=True, public=public)[-1] == "-secret: ***"


def test_longer_secret_is_masked_before_one_that_is_a_part_of_it() -> None:
    assert masked_diff("", f"x {OURS}-more", [OURS, f"{OURS}-more"], private=True)[-1] == "+x ***"


@pytest.mark.parametrize(
    ("secret", "new", "shown"),
    [
        ("21", "x: 21", "+x: ***"),
        ("21", "since: 2021 by 21x", "+since: 2021 by 21x"),
        ('a"b\\c/d', 'said: "a\\"b\\\\c/d"', '+said: "***"'),
        ("p@ss:w/rd", "url p%40ss%3Aw%2Frd", "+url ***"),
    ],
)
def test_password_of_a_device_is_masked_in_any_spelling_and_as_a_word(secret: str, new: str, shown: str) -> None:
    assert masked_diff("", new, [secret], private=True)[-1] == shown


class Inner(Settings):
    key: SecretStr = SecretStr("one\ntwo\n")


class Outer(Settings):
    inner: Inner = Inner()
    listed: tuple[Inner, ...] = (Inner(key=SecretStr("three")),)
    named: dict[str, SecretStr] = {"a": SecretStr("four")}  # noqa: RUF012 - pydantic copies it
    plain: str = "five"


def test_secrets_are_found_wherever_they_are_in_settings() -> None:
    assert list(secrets_of(Outer())) == ["one", "two", "three", "four"]


@pytest.mark.parametrize(
    ("seen", "wanted", "secrets", "shown"),
    [
        (("644", b"a"), ("640", b"b"), [], "-***"),
        (("640", b"a"), ("644", b"b"), [], "-***"),
        (("644", b"a"), ("644", b"b"), [], "-longword"),
        (("644", b"a"), ("644", b"b"), None, "not shown: its secrets are not known"),
        (("644", b"\xff"), ("644", b"b"), [], "not shown: not text"),
    ],
)
def test_file_is_private_if_one_of_its_versions_is(
    seen: tuple[str, bytes], wanted: tuple[str, bytes], secrets: list[str] | None, shown: str
) -> None:
    old, new = (Version(mode, content.replace(b"a", b"longword")) for mode, content in (seen, wanted))

    assert shown in compared("/etc/x", old, new, secrets)[1]
