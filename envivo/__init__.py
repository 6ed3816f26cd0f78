"""envivo: from an inventory to live video in a browser.

Its parts; each imports only what stands below it, on another line (pyproject.toml, tool.importlinter):

    cli                            the commands, one small module each
    lab, scaffold                  hosts to try on; new projects
    clients, orchestration         lines for people's programs; all roles together: settings, which host does what
    roles                          one folder each: settings, desired state, tasks, checks
    plan                           what a deploy would change
    status                         questions to hosts, and the rows that answer them
    verify                         running checks
    operations, probes             thin edges: change a host, look at it as a viewer does
    remote                         commands on a host, over SSH
    artifacts, inventory           what is deployed, pinned; hosts with their group data
    state, config, render          pure: parsers and values, the types of settings, templates
    secrets                        where secrets come from
    core                           errors, problems, paths, polling, atomic files

`roles/`, `templates/`, `player/` and `agent/` lie at the top of the checkout; here they are links.

What inventories and group data of a project import from here is `__all__`, and from `envivo.settings` the types of
settings; everything else may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envivo.config.lazy import fill_in
    from envivo.orchestration.environment import environment
    from envivo.secrets import optional_secret, secret

__all__ = ["environment", "fill_in", "optional_secret", "secret"]
_DEFINED_IN = {
    "environment": "envivo.orchestration.environment",
    "fill_in": "envivo.config.lazy",
    "optional_secret": "envivo.secrets",
    "secret": "envivo.secrets",
}


def __getattr__(name: str) -> object:
    """Loads a public name at first use: importing a part of envivo must not load the settings of all roles."""
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DEFINED_IN[name]), name)
