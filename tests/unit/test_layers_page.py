"""The layers of docs/explanation/architecture.md are those that import-linter checks."""

import tomllib

from envivo.core.paths import PROJECT

PAGE = PROJECT / "docs/explanation/architecture.md"
NAMES = slice(4, 56)
"""Columns of a row; what each layer does stands behind them."""


def test_page_has_the_layers_of_the_linter() -> None:
    contract = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    section = PAGE.read_text().split("## Layers")[1].split("## ")[0]
    rows = [line[NAMES].replace("roles/NAME", "roles").split() for line in section.splitlines() if line[:4] == "    "]
    of_users, *shown = rows
    assert "deploy.py" in of_users
    assert shown == [layer.split(" | ") for layer in contract["layers"]]
