"""A process that has imported pyinfra, and forks for each `python -m pyinfra` that it is asked for.

Run as a file by tests/forked.py. Requests and answers are lines of JSON on its standard input and output.
"""

import gc
import json
import os
import sys
from importlib import import_module
from runpy import run_module
from typing import Any

_FORK, _WAITPID = os.fork, os.waitpid  # before gevent puts its own in their place
_IMPORTED = ("pyinfra_cli.main", "cryptography.x509", "filelock", "jinja2", "pydantic", "requests", "yaml")
"""pyinfra, and what envivo imports besides; envivo itself depends on the directory that it is called in."""


def become(arguments: list[str], cwd: str, env: dict[str, str], out: str, err: str) -> None:
    for number, (file, flags) in enumerate(((os.devnull, os.O_RDONLY), (out, os.O_WRONLY), (err, os.O_WRONLY))):
        opened = os.open(file, flags)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.argv = ["pyinfra", *arguments]
    run_module("pyinfra", run_name="__main__", alter_sys=True)


def poll(pid: int) -> int | None:
    """Its exit code as subprocess.Popen has it; None while it runs."""
    ended, status = _WAITPID(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def answer(value: Any) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def serve() -> None:
    for name in _IMPORTED:
        import_module(name)
    gc.freeze()  # or the forks' first collection copies all pages
    while line := sys.stdin.readline():
        what, *given = json.loads(line)
        if what == "poll":
            answer(poll(*given))
        elif pid := _FORK():
            answer(pid)
        else:
            become(*given)  # it has ended then
            return


if __name__ == "__main__":
    serve()
