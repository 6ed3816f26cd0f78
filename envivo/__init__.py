"""envivo: from an inventory to live video in a browser.

Its parts, and which may import which: docs/explanation/architecture.md#layers

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
