"""The reference of settings as files: docs/reference/settings.md, and the same for machines."""

import json
import re
from collections.abc import Iterator

from envivo.config.interrupts import Interrupts
from envivo.config.models import Model, inside
from envivo.config.reference import Part, Setting, effect, parts
from envivo.config.sentences import sentences

HEAD = """\
# Settings

What `environment(...)` in `group_data/ENV.py` may say. Generated from the models by `make reference`:
change the docstrings there. On the command line: `envivo settings`, `envivo settings mediamtx.hls`,
`envivo settings cameras.garden.fps`. For machines: [settings.schema.json](settings.schema.json).

In a path, `NAME` stands for a name that you choose and `N` for a place in a list. A value may be a
placeholder: `secret("name")` for a secret ([secrets](../howto/secrets.md)), `fill_in("NAME",
"example")` for what is not known yet. Group data are dictionaries, or the types of
`envivo.settings`, or one in the other. With the types an editor completes names, and a type checker
finds wrong ones:

```python
from envivo import environment, secret
from envivo.settings import Credentials, Hls, Mediamtx, Path

settings = environment(
    mediamtx=Mediamtx(
        monitor=Credentials(user="monitor", password=secret("monitor")),
        hls=Hls(segment_count=10),
        paths={"garden": Path(publisher=Credentials(user="garden", password=secret("garden")))},
    ),
    cameras={"garden": {"source": "test"}},
)
```

Either way everything is checked when the environment is deployed, all at once. For a checker lists
are tuples, `viewers=(Person(...),)`; where it asks for more than envivo does, take a dictionary.

A setting that a host may have of its own stands beside how SSH reaches the host, in
`inventories/ENV.py`. There it wins over group data; that of the media or turn host holds for the
whole environment:

```python
media = [("media1", {"ssh_hostname": "10.0.0.5", "public_address": "198.51.100.10"})]
turn = [("turn1", {"ssh_hostname": "10.0.0.6", "turn": {"listen_address": "10.0.0.6"}})]
cameras = [("camera1", {"ssh_hostname": "10.0.0.7", "base": {"other_ports": ["9100/tcp"]}})]
```

Other data of a host are yours, as pyinfra has it. The groups media and turn must have one host each:
more are not supported yet.

Why a change interrupts whom it does: [interruptions](interruptions.md).
"""


def markdown(root: Model) -> str:
    found = parts(root)
    anchors = {part.model: re.sub(r"[^\w-]", "", _heading(part).lower()) for part in found}
    return "\n".join([HEAD, *("\n".join([*_section(part, anchors), ""]) for part in found)]).rstrip() + "\n"


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


def _section(part: Part, anchors: dict[Model, str]) -> Iterator[str]:
    yield f"## {_heading(part)}"
    yield ""
    if len(part.places) > 1:
        yield f"At {', '.join(f'`{place}`' for place in part.places)}. {_linked(part.sentence)}"
    else:
        yield _linked(part.sentence)
    yield ""
    yield "| name | type | default | what it is | a change interrupts |"
    yield "|---|---|---|---|---|"
    for setting in part.settings:
        inner = inside(part.model.model_fields[setting.path].annotation)
        yield f"| {' | '.join(_cell(text) for text in _row(setting, inner[0] if inner else None, anchors))} |"


def _row(setting: Setting, inner: Model | None, anchors: dict[Model, str]) -> Iterator[str]:
    yield f"`{setting.path}`"
    yield setting.type.replace(inner.__name__, f"[{inner.__name__}](#{anchors[inner]})") if inner else setting.type
    yield "required" if setting.required else f"`{setting.default}`" if setting.default else ""
    yield _linked(setting.sentence)
    yield setting.interrupts.words if setting.interrupts else "see there"


def _linked(sentence: str) -> str:
    return re.sub(r"docs/((?:[\w-]+/)*([\w-]+)\.md(#[\w-]+)?)", r"[\2](../\1)", sentence)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
