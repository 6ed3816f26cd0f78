"""Paths through the models of settings, and suggestions for unknown names."""

import types
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin

from pydantic import ValidationError

from envivo.config.types import Settings, problem
from envivo.core.names import nearest
from envivo.core.problems import Problem

Model = type[Settings]
NAME, NUMBER = "NAME", "N"
"""Placeholders in a path for any key of a dictionary and any place of a list."""


def problems(root: Model, error: ValidationError) -> list[Problem]:
    """Every error of a model; an unknown key with the name that was probably meant."""
    found = []
    for entry in error.errors(include_url=False):
        known = meant(root, entry["loc"]) if entry["type"] == "extra_forbidden" else None
        found.append(replace(problem(entry), fix=f"did you mean {known}?") if known else problem(entry))
    return found


def is_model(annotation: Any) -> TypeGuard[Model]:
    return isinstance(annotation, type) and issubclass(annotation, Settings)


def inside(annotation: Any) -> tuple[Model, str] | None:
    """The model that values of this type are or hold, and the steps to it: "", ".NAME", ".N"."""
    if is_model(annotation):
        return annotation, ""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return next((found for argument in arguments if (found := inside(argument))), None)
    if origin is Annotated:
        return inside(arguments[0])
    if origin in (dict, tuple) and (found := inside(arguments[1 if origin is dict else 0])):
        return found[0], f".{NAME if origin is dict else NUMBER}{found[1]}"
    return None


def model_at(root: Model, steps: Sequence[object]) -> Model | None:
    """The model at the steps of a path: names of fields, with any keys and places in between."""
    model, waiting = root, 0
    for step in steps:
        if waiting:
            waiting -= 1
            continue
        field = model.model_fields.get(str(step))
        inner = inside(field.annotation) if field else None
        if inner is None:
            return None
        model, waiting = inner[0], inner[1].count(".")
    return None if waiting else model


def meant(root: Model, steps: Sequence[object]) -> str | None:
    """The name that was probably meant by the last step, which is not a field of the model before it."""
    model = model_at(root, steps[:-1])
    return nearest(str(steps[-1]), model.model_fields if model else ())


def located(root: Model, path: str) -> str | None:
    """The path as the reference writes it, `mediamtx.paths.NAME.record`; None where no setting or part is there.

    Names may hold dots: `mediamtx.paths.cam.1.record` is about the path `cam.1`.
    """
    return _located(root, path.split("."), "") if path else None


def _located(model: Model, steps: Sequence[str], place: str) -> str | None:
    field = model.model_fields.get(steps[0])
    if field is None:
        return None
    here, inner = below(place, steps[0]), inside(field.annotation)
    if len(steps) == 1:
        return here
    if inner is None:
        return None
    if not inner[1]:
        return _located(inner[0], steps[1:], here)
    here += inner[1]
    if len(steps) == 2:
        return here
    ends = range(2, len(steps))
    return next((found for end in ends if (found := _located(inner[0], steps[end:], here))), None)


def below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
