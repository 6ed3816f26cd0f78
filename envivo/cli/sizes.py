"""Sizes for people."""


def shown_size(size: int) -> str:
    for least, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} B"
