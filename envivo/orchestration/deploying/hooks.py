"""Programs of the project that a deploy runs: hooks/pre-deploy, hooks/post-deploy, hooks/deploy-failed."""

import os
import subprocess
import sys
from collections.abc import Mapping

from envivo.core.errors import EnvivoError
from envivo.core.paths import PROJECT

NAMES = ("pre-deploy", "post-deploy", "deploy-failed")


def run(name: str, variables: Mapping[str, str]) -> None:
    """Run the hook if the project has it; what it prints goes to standard error. Raises EnvivoError where it fails.

    `variables`: environment variables.
    """
    file = PROJECT / "hooks" / name
    place = f"hooks/{name}"
    if not file.is_file():
        return
    if not os.access(file, os.X_OK):
        raise EnvivoError(place, "is not executable", f"chmod +x {place}, or remove it", exit_code=2)
    try:
        done = subprocess.run(
            [str(file)],
            cwd=PROJECT,
            env={**os.environ, **variables},
            stdout=sys.stderr,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        fix = "its first line must name an installed interpreter, such as #!/bin/sh"
        raise EnvivoError(place, f"cannot be run ({error.strerror})", fix, exit_code=2) from None
    if done.returncode:
        raise EnvivoError(place, f"ended with code {done.returncode}", "its output above says why")
