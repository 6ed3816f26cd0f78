"""The sentence of each setting: the docstring below its field.

Only the reference needs them. pydantic's `use_attribute_docstrings` would read them whenever a program starts, which
takes 45 ms for all models.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from envivo.config.models import Model, is_model


@cache
def sentences(model: Model) -> Mapping[str, str]:
    """By field, each on one line."""
    inherited = [sentences(base) for base in reversed(model.__mro__[1:]) if is_model(base)]
    return {name: text for found in (*inherited, dict(_own(model))) for name, text in found.items()}


def _own(model: Model) -> Iterator[tuple[str, str]]:
    body = _classes(inspect.getsourcefile(model) or "").get(model.__name__, [])
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())


@cache
def _classes(file: str) -> Mapping[str, list[ast.stmt]]:
    """Class -> its statements."""
    return {node.name: node.body for node in ast.parse(Path(file).read_bytes()).body if isinstance(node, ast.ClassDef)}
