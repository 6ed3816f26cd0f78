"""The reference of settings, from their models: every setting with its type, default, sentence and effect."""

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MultipleOf
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from envivo.config.interrupts import Interrupts
from envivo.config.models import Model, below, inside, is_model
from envivo.config.per_host import per_host
from envivo.config.sentences import sentences
from envivo.config.types import Settings
from envivo.config.values import Shape


@dataclass(frozen=True)
class Setting:
    path: str
    type: str
    default: str | None
    """As Python writes it; None: required, or a secret, or a part of its own."""
    required: bool
    sentence: str
    interrupts: Interrupts | None
    """Whom a change interrupts; None: see the settings below it."""


@dataclass(frozen=True)
class Part:
    """The settings of one model."""

    model: Model
    places: Sequence[str]
    """Where it stands; "" for the environment itself."""
    sentence: str
    settings: Sequence[Setting]
    """By their names, without the place."""


def parts(root: Model) -> list[Part]:
    """Parts in the order of the models' fields, each before those within it."""
    found: dict[Model, list[str]] = {}
    for place, model in _models(root, ""):
        found.setdefault(model, []).append(place)
    return [
        Part(model, places, _line(model.__doc__), [setting(name, model, name) for name in model.model_fields])
        for model, places in found.items()
    ]


def settings(model: Model, place: str = "") -> Iterator[Setting]:
    """Settings of a model and of those within it, with full paths below `place`."""
    for name, field in model.model_fields.items():
        path = below(place, name)
        yield setting(path, model, name)
        if inner := inside(field.annotation):
            yield from settings(inner[0], path + inner[1])


def setting(path: str, model: Model, name: str) -> Setting:
    """A field's setting. A part has the sentence of its model, unless the field has its own."""
    field = model.model_fields[name]
    inner = field.annotation.__doc__ if is_model(field.annotation) else None
    own = per_host(model, name)
    return Setting(
        path=path,
        type=words(field.annotation, field.metadata),
        default=_default(field),
        required=field.is_required(),
        sentence=(sentences(model).get(name) or _line(inner)) + (f" {own.words}" if own else ""),
        interrupts=effect(model, name),
    )


def effect(model: Model, name: str) -> Interrupts | None:
    """Whom a change of the field interrupts; None for a part whose settings differ, or where it is not declared."""
    field = model.model_fields[name]
    said = next((item for item in field.metadata if isinstance(item, Interrupts)), None)
    return said or (None if is_model(field.annotation) else model.interrupts)


def words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """The type in words."""
    if shape := next((item for item in metadata if isinstance(item, Shape)), None):
        return shape.words
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return words(arguments[0], arguments[1:])
    if origin is Literal:
        return _any_of([str(choice) for choice in arguments])
    if origin in (Union, types.UnionType):
        return _any_of([words(choice) for choice in arguments if choice is not type(None)] + ["None"])
    if origin is tuple:
        return f"list of: {words(arguments[0])}"
    if origin is dict:
        return f"dictionary by {words(arguments[0])}: {words(arguments[1])}"
    if is_model(annotation):
        return str(annotation.__name__)
    return {bool: "True or False", int: _whole(metadata), str: "text"}[annotation]


def _models(model: Model, place: str) -> Iterator[tuple[str, Model]]:
    yield place, model
    for name, field in model.model_fields.items():
        if inner := inside(field.annotation):
            yield from _models(inner[0], below(place, name) + inner[1])


def _default(field: FieldInfo) -> str | None:
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    if field.is_required() or isinstance(default, Settings | SecretStr):
        return None
    return repr(list(default) if isinstance(default, tuple) else default)


def _whole(metadata: Sequence[Any]) -> str:
    least, most = (next((item for item in metadata if isinstance(item, bound)), None) for bound in (Ge, Le))
    even = any(isinstance(item, MultipleOf) and item.multiple_of == 2 for item in metadata)
    between = f", {least.ge} to {most.le}" if isinstance(least, Ge) and isinstance(most, Le) else ""
    return f"{'even' if even else 'whole'} number{between}"


def _any_of(choices: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
