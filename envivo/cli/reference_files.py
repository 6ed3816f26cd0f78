"""The reference of settings as files: docs/reference/settings.md, and the same for machines."""

import json
import re

from envivo.config.interrupts import Interrupts
from envivo.config.models import Model, inside
from envivo.config.reference import Part, Setting, effect, parts
from envivo.config.sentences import sentences
from envivo.render import render


def markdown(root: Model) -> str:
    found = parts(root)
    anchors = {part.model: re.sub(r"[^\w-]", "", _heading(part).lower()) for part in found}

    def type_of(part: Part, setting: Setting) -> str:
        """A type that has a part of its own leads there."""
        inner = inside(part.model.model_fields[setting.path].annotation)
        name = inner[0].__name__ if inner else ""
        return setting.type.replace(name, f"[{name}](#{anchors[inner[0]]})") if inner else setting.type

    return render("reference/settings.md.j2", parts=found, heading=_heading, type=type_of, linked=_linked)


def json_schema(root: Model) -> str:
    """JSON Schema, draft 2020-12, of the settings as plain data. `x-interrupts` of a setting is a key of that at
    the top, which says it in words.
    """
    schema = root.model_json_schema()
    for model in {part.model for part in parts(root)}:
        properties = (schema if model is root else schema["$defs"][model.__name__])["properties"]
        for name, said in properties.items():
            said.pop("title", None)
            if said.get("writeOnly") or inside(model.model_fields[name].annotation):
                said.pop("default", None)  # a secret, or what its own model says already
            if sentence := sentences(model).get(name):
                said["description"] = sentence
            if found := effect(model, name):
                said["x-interrupts"] = found.value
            properties[name] = dict(sorted(said.items()))
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Settings of envivo"}
    schema["x-interrupts"] = {member.value: member.words for member in Interrupts}
    return json.dumps(schema, indent=2) + "\n"


def _heading(part: Part) -> str:
    if len(part.places) > 1:
        return part.model.__name__
    return part.places[0] or "The environment"


def _linked(sentence: str) -> str:
    return re.sub(r"docs/((?:[\w-]+/)*([\w-]+)\.md(#[\w-]+)?)", r"[\2](../\1)", sentence)
