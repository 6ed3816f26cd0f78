"""How a secret looks in logs, configurations and headers: plain, escaped, encoded. Pure."""

import base64
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

STARS = "***"
_SHORT = 8
"""Characters below which a secret may be a part of ordinary words: it is looked for as a word."""
_LEAST = 4
"""Characters of base64: fewer are in many words."""
_WORD = re.compile(r"(?:[A-Za-z0-9+/_=-]|%2B|%2F|%3D|\\/){4,}")
"""Characters of base64, also where they are percent-encoded or escaped in JSON."""
_NAMES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_PLAIN = re.compile(r"[A-Za-z0-9]+")


class Spelled:
    """A secret in all its spellings, to be replaced in texts."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def replaced(self, text: str) -> str:
        if self._longest_word in text:
            text = self._escaped.sub(STARS, text)
        if any(sign in text for sign, _ in self._cores):
            text = _WORD.sub(lambda word: STARS if self._holds(word[0]) else word[0], text)
        for digits in self._digits:
            text = text.replace(digits, STARS)
        return text

    def _holds(self, word: str) -> bool:
        """Whether a word of base64 has the secret in what it encodes."""
        return any(sign in word and core.search(word) for sign, core in self._cores)

    @cached_property
    def _longest_word(self) -> str:
        """A part that is the same in every escaped spelling."""
        return max(_PLAIN.findall(self._secret), key=len, default="")

    @cached_property
    def _escaped(self) -> "re.Pattern[str]":
        """The characters, each plain or escaped for a URL, JSON (once or twice), a shell or HTML."""
        pattern = "".join(map(_character, self._secret))
        return re.compile(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])" if len(self._secret) < _SHORT else pattern)

    @cached_property
    def _cores(self) -> list[tuple[str, "re.Pattern[str]"]]:
        """Parts of a word of base64 with the secret somewhere in it, each behind a quick test for it."""
        cores = [core for part in spelled_for_headers(self._secret) for core in base64_cores(part)]
        listed = [core for core in dict.fromkeys(cores) if len(core) >= _LEAST]
        return [(max(_PLAIN.findall(core), key=len), re.compile("".join(map(_character, core)))) for core in listed]

    @cached_property
    def _digits(self) -> tuple[str, str]:
        """Hexadecimal."""
        digits = self._secret.encode().hex()
        return digits, digits.upper()


def spelled_for_headers(secret: str) -> Iterable[str]:
    """What may stand behind base64: the secret as it is, or already percent-encoded."""
    encoded = "".join(letter if re.match(r"[\w.~-]", letter, re.ASCII) else _percent(letter) for letter in secret)
    return dict.fromkeys((secret, encoded))


def base64_cores(secret: str) -> Iterator[str]:
    """The part of each base64 text with the secret in it that the secret alone decides, by its offset in bytes."""
    data = secret.encode()
    for offset, start in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(offset) + data).decode()
        core = text[start : 8 * (offset + len(data)) // 6]
        yield from dict.fromkeys((core, core.translate(str.maketrans("+/", "-_"))))


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def _character(letter: str) -> str:
    """A pattern for the letter in each escaped spelling; of letters and digits only the plain one."""
    if re.match("[A-Za-z0-9]", letter):
        return letter
    percent = _percent(letter)
    forms = [r"\\*" + re.escape(letter), f"(?i:{percent}|{percent.replace('%', '%25')})"]
    forms += [
        "".join(rf"\\+(?i:u{unit:04x})" for unit in _units(letter)),
        rf"\\+(?i:x{ord(letter):02x}|{ord(letter):03o})",
    ]
    forms += [rf"(?i:&#0*{ord(letter)};|&#x0*{ord(letter):x};)"]
    forms += [f"&{_NAMES[letter]};"] if letter in _NAMES else []
    forms += [r"\+"] if letter == " " else []
    forms += [r"'\\''", r"'\"'\"'"] if letter == "'" else []
    return f"(?:{'|'.join(reversed(forms))})"


def _units(letter: str) -> list[int]:
    """Of UTF-16, which JSON escapes."""
    data = letter.encode("utf-16-be")
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


def spelled(secrets: Iterable[str]) -> list[Spelled]:
    """A longer secret before those that are a part of it."""
    return [Spelled(secret) for secret in sorted({secret for secret in secrets if secret}, key=len, reverse=True)]


def lines_of(secret: str) -> Iterator[str]:
    """Of a secret of several lines, such as a key: each may stand alone."""
    yield secret
    yield from (line.strip() for line in secret.splitlines() if len(line.strip()) >= _SHORT)
