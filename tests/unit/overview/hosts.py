"""Hosts of an environment whose roles are asked, and that answer what a test says."""

from collections.abc import Iterable, Mapping, Sequence

from envivo.config.lazy import LazySettings
from envivo.inventory import Host, Inventory
from envivo.orchestration.environment import Environment
from envivo.orchestration.target import Place, places
from envivo.remote import RemoteShell
from envivo.status.rows import Notice, Row
from envivo.verify.findings import Finding


def placed(settings: LazySettings[Environment], hosts: Mapping[str, Sequence[str]]) -> dict[str, Place]:
    """By name. `hosts`: name -> groups."""
    listed = [Host(name, tuple(groups), {"settings": settings, "ssh_port": 22}) for name, groups in hosts.items()]
    found = places(Inventory("lab", tuple(listed)), {host.name: RemoteShell(host) for host in listed})
    return {place.name: place for place in found}


def said(place: Place, role: str, *answers: str) -> list[Row | Finding | Notice]:
    """What these answers to the first questions of a role say."""
    (own,) = [(other, part) for other, part in place.roles if other.name == role]
    questions = list(own[0].overview(own[1], place.context))[: len(answers)]
    return [item for question, answer in zip(questions, answers, strict=True) for item in question.read(answer)]


def rows(items: Iterable[Row | Finding | Notice]) -> list[Row]:
    return [item for item in items if isinstance(item, Row)]


def codes(items: Iterable[Row | Finding | Notice]) -> list[str]:
    return [item.code for item in items if isinstance(item, Finding)]
