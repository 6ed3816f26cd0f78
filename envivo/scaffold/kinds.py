"""Kinds of projects, and the files of each: pure functions."""

import json
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from envivo.config import values

FILES = Path(__file__).parent / "files"
NOT_AN_ENVIRONMENT = {"all", "media", "turn", "cameras"}
"""Group data of these names are for all hosts, or for a role's."""


@dataclass(frozen=True)
class Question:
    """What a kind asks for. Left open, it is `fill_in(variable, example)` in the project's files."""

    asks: str
    variable: str
    example: str
    rule: Callable[[str], str]


@dataclass(frozen=True)
class Kind:
    title: str
    env: str
    """Name of the environment where none is given."""
    answers: Mapping[str, Question]
    """By option. Whether there are camera hosts is asked of all kinds."""
    internet: bool = False
    """With one camera, as group_data/prod.py has it."""


_PAGE = {
    "host": Question("Public address of the media host", "ADDRESS", "198.51.100.10", values.address),
    "domain": Question("Domain name of the page", "DOMAIN", "video.company.net", values.public_name),
}
_LOCAL = {"host": Question("Address of the media host", "HOST", "192.168.1.10", values.any_host)}
_EMAIL = {"email": Question("Contact e-mail for the certificate authority", "EMAIL", "video@company.net", values.email)}
_TURN = {
    "turn_host": Question("Public address of the turn host", "TURN_ADDRESS", "198.51.100.11", values.address),
    "turn_domain": Question("Domain name of the turn host", "TURN_DOMAIN", "turn.company.net", values.public_name),
}

KINDS = {
    "lan": Kind("Cameras in your own network, plain HTTP", "home", _LOCAL),
    "internet": Kind("Hosts on the internet: one machine for everything", "prod", _PAGE | _EMAIL, internet=True),
    "internet3": Kind(
        "Hosts on the internet: media, turn (relay) and camera hosts", "prod", _PAGE | _TURN | _EMAIL, internet=True
    ),
    "classroom": Kind("A camera at each desk, one password for all viewers, no recordings", "classroom", _LOCAL),
}


def environment_name(name: str) -> str:
    """A name that inventories, group data and imports can have. Raises ValueError."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ValueError("must begin with a lowercase letter and have only lowercase letters, digits and _, as in home")
    if name in NOT_AN_ENVIRONMENT:
        raise ValueError(f"must not be one of {', '.join(sorted(NOT_AN_ENVIRONMENT))}")
    return name


def user_name(name: str) -> str:
    """Of Linux, as useradd takes it. Raises ValueError."""
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", name):
        raise ValueError("must be a Linux user name in lowercase, as in root")
    return name


@dataclass(frozen=True)
class Project:
    """The user's answers about the project."""

    kind: str
    env: str
    given: Mapping[str, str]
    """By option, of the kind's answers."""
    cameras: Sequence[str] = ()
    """Addresses of camera hosts; none: cameras are connected to the media host."""
    user: str = "root"


def files(project: Project) -> dict[str, str]:
    """Path in the project -> text."""
    env = project.env
    return {
        "deploy.py": _copied("deploy.py"),
        "config.py": _copied("config.py"),
        "requirements.txt": f"envivo[verify]=={version('envivo')}\n",
        ".gitignore": _copied("gitignore"),
        "README.md": _rendered("README.md.j2", env=env, given=KINDS[project.kind].internet),
        f"inventories/{env}.py": _inventory(project),
        "group_data/all.py": _copied("group_data/all.py"),
        f"group_data/{env}.py": _internet(project) if KINDS[project.kind].internet else _local(project),
    }


def _copied(name: str) -> str:
    return (FILES / name).read_text()


def _rendered(name: str, **values: Any) -> str:
    templates = Environment(  # noqa: S701 - Python and Markdown, never HTML
        loader=FileSystemLoader(FILES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template(name).render(**values)


def _python(project: Project, option: str) -> str:
    """The expression that gives what was answered, or asks for it."""
    if option in project.given:
        return json.dumps(project.given[option])
    answer = KINDS[project.kind].answers[option]
    return f'fill_in("{answer.variable}", "{answer.example}")'


def _camera_hosts(project: Project) -> dict[str, str]:
    """Name -> Python expression of the address; empty where cameras are connected to the media host."""
    host = project.given.get("host")
    addresses = list(dict.fromkeys(project.cameras))
    if not addresses and project.kind == "internet3":
        return {"camera": 'fill_in("CAMERA", "192.168.1.11")'}
    if addresses in ([], [host]):
        return {}
    if len(addresses) == 1:
        return {"camera": json.dumps(addresses[0])}
    return {
        "media" if address == host else f"camera{number}": json.dumps(address)
        for number, address in enumerate(addresses, start=1)
    }


def _inventory(project: Project) -> str:
    kind, cameras = KINDS[project.kind], _camera_hosts(project)
    address = "ADDRESS" if kind.internet else _python(project, "host")
    return _rendered(
        "inventories/inventory.py.j2",
        env=project.env,
        user=project.user,
        address=address,
        internet=kind.internet,
        turn="turn_host" in kind.answers,
        cameras=cameras,
        unfilled=any(text.startswith("fill_in(") for text in (address, *cameras.values())),
    )


def _local(project: Project) -> str:
    hosts = list(_camera_hosts(project))
    paths = (
        {f"camera{number}": host for number, host in enumerate(hosts, start=1)} if len(hosts) > 1 else {"webcam": ""}
    )
    kind = KINDS[project.kind]
    return _rendered("group_data/lan.py.j2", title=kind.title, paths=paths, classroom=project.kind == "classroom")


def _internet(project: Project) -> str:
    """The toolkit's group_data/prod.py, filled in."""
    kind = KINDS[project.kind]
    known = {answer.variable: _python(project, option) for option, answer in kind.answers.items()}
    if "turn_host" not in kind.answers:
        known |= {"TURN_ADDRESS": "ADDRESS", "TURN_DOMAIN": "DOMAIN"}
    text = _copied("group_data/internet.py")
    for variable, expression in known.items():
        text, found = re.subn(rf"^{variable} = fill_in\(.*?\)", f"{variable} = {expression}", text, flags=re.MULTILINE)
        assert found == 1, variable  # noqa: S101 - group_data/prod.py is ours
    return re.sub(r"\bprod\b", project.env, text)
