"""Problems of cameras' names, which become names of files and units on a host."""

import re
from collections.abc import Iterator

from envivo.core.problems import Problem
from envivo.roles.camera.settings import INSTANCE, Agents, instance


def problems(agents: Agents) -> Iterator[Problem]:
    instances: dict[str, str] = {}
    for name in agents.cameras:
        if (other := instances.setdefault(instance(name), name)) != name:
            yield Problem(f"cameras.{name}", f"gets the same unit name as {other}", "choose another name")
        if not re.fullmatch(INSTANCE, instance(name)):
            yield Problem(f"cameras.{name}", "must begin with a letter or digit and have at most 63 characters")
