"""Reads the text format 0.0.4 of Prometheus, and takes nothing that is not in it."""

import re
from dataclasses import dataclass, field

_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')

Labels = tuple[tuple[str, str], ...]


@dataclass
class Family:
    text: str
    kind: str = ""
    samples: dict[Labels, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """Of the only sample."""
        (number,) = self.samples.values()
        return number


def _labels(text: str) -> Labels:
    found, place = [], 0
    while place < len(text):
        label = _LABEL.match(text, place)
        assert label, f"no label: {text[place:]}"
        found.append((label[1], label[2]))
        place = label.end()
    return tuple(found)


def families(text: str) -> dict[str, Family]:
    """HELP, TYPE, samples: of each family together, in that order and once."""
    assert text.endswith("\n")
    found: dict[str, Family] = {}
    name = ""
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# HELP "):
            name, _, said = line.removeprefix("# HELP ").partition(" ")
            assert name not in found, f"{name} is told twice"
            assert said
            found[name] = Family(said)
        elif line.startswith("# TYPE "):
            of, _, kind = line.removeprefix("# TYPE ").partition(" ")
            assert of == name
            assert not found[name].kind
            assert not found[name].samples
            assert kind in ("counter", "gauge")
            assert (kind == "counter") == name.endswith("_total"), f"{name} is a {kind}"
            found[name].kind = kind
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample, f"no sample: {line}"
            assert sample[1] == name
            assert found[name].kind
            labels = _labels(sample[3] or "")
            assert labels not in found[name].samples
            found[name].samples[labels] = float(sample[4])
    assert all(family.samples for family in found.values())
    return found
