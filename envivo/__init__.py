"""envivo: from an inventory to live video in a browser.

Its parts; each imports only what stands below it:

    cli                            the commands, one small module each
    scaffold                       new projects
    lab                            hosts to try on
    orchestration                  all roles together: settings, which host does what, deploy and checks
    roles                          one folder each: settings, desired state, tasks, checks
    plan, verify                   what a deploy would change; running checks
    operations, probes, remote     thin edges: change a host, look at it as a viewer does, look at it over SSH
    artifacts, clients, secrets    what is deployed, pinned; lines for people's programs; where secrets come from
    state, config, render          pure: parsers and values, the types of settings, templates
    core                           errors, paths, polling, atomic files

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
    """Loaded when it is asked for: whoever imports a part of envivo does not pay for the settings of all roles."""
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DEFINED_IN[name]), name)
