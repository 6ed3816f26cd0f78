"""What systemctl prints. Pure."""

from collections.abc import Iterable


def blocks(lines: Iterable[str]) -> list[dict[str, str]]:
    """Of `systemctl show`: Key=value lines, a block for each unit with an empty line between two."""
    found: list[dict[str, str]] = [{}]
    for line in lines:
        key, is_property, value = line.partition("=")
        if is_property:
            found[-1][key] = value
        elif found[-1]:
            found.append({})
    return [block for block in found if block]
