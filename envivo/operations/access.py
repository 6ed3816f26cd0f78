"""Mode, owner and access control list of what is on a host: restored in place, so that no service notices."""

import shlex


def restored(path: str, mode: str, owner: str, group: str, listed: bool) -> str:
    """A command. `listed`: whether the path has an access control list."""
    file = shlex.quote(path)
    # a list's mask is what the mode shows of the group: first the list, then the mode
    without = f"setfacl -bk {file} && " if listed else ""
    return f"{without}chown {owner}:{group} {file} && chmod {mode} {file}"
