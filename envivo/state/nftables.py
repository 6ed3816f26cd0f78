"""Tables of nftables that a host has loaded. Pure."""

import shlex


def intact(table: str, rules: str) -> str:
    """A command that fails unless the kernel has the table as the file of rules makes it, sets' elements apart.

    The file is loaded into a network namespace of its own; where the host allows none, it is enough that the table is
    there.
    """
    show = f"nft -st list table {table}"
    made = f"unshare -n sh -c {shlex.quote(f'nft -f {shlex.quote(rules)} && {show}')}"
    return f'seen=$({show}) && {{ made=$({made}) || made=$seen; [ "$seen" = "$made" ]; }}'
