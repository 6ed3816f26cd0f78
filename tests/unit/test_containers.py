"""Which containers with the label of a Compose project are the project's own."""

import json

import pytest

from envivo.core.paths import PROJECT as ROOT
from envivo.state.containers import Container, Sorted, left_alone, own, parse, sort

IMAGE = "sha256:e35c6236717bb33b11b5c132ef325a8d91915f769aa01379d89266ff76eabec6"
WEB = Container("web", "False", "running", "healthy", "envivo-1", IMAGE, "5d41", "1", "id-web", "envivo-web-1")
SECOND = WEB._replace(number="2", id="id-2", name="envivo-web-2")
OLD = WEB._replace(service="old", id="id-old", name="envivo-old-1")
ONE_OFF = WEB._replace(oneoff="True", number="0", id="id-run", name="envivo-web-run-7c1")
ONE_OFF_OF_OLD = OLD._replace(oneoff="True", id="id-run", name="envivo-old-run-7c1")
FOREIGN = Container("", "", "running", "none", "", IMAGE, "", "", "id-f", "foreign")
NAMED_LIKE_OURS = FOREIGN._replace(service="web", revision="envivo-1", number="0")
"""Somebody has given it labels of ours by hand, and Compose does not look at it."""
OTHER_PROJECT = WEB._replace(service="db", revision="", name="envivo-db-1")
"""Of another compose file whose project has the same name."""
OLDER_THAN_THE_LABEL = WEB._replace(revision="")


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ([], Sorted({}, [], [])),
        ([WEB], Sorted({"web": WEB}, [], [])),
        ([WEB._replace(state="exited")], Sorted({"web": WEB._replace(state="exited")}, [], [])),
        ([WEB, ONE_OFF], Sorted({"web": WEB}, [], [ONE_OFF])),
        ([ONE_OFF], Sorted({}, [], [ONE_OFF])),
        ([WEB, FOREIGN], Sorted({"web": WEB}, [], [FOREIGN])),
        ([NAMED_LIKE_OURS], Sorted({}, [], [NAMED_LIKE_OURS])),
        ([NAMED_LIKE_OURS, WEB], Sorted({"web": WEB}, [], [NAMED_LIKE_OURS])),
        ([OTHER_PROJECT, WEB], Sorted({"web": WEB}, [], [OTHER_PROJECT])),
        ([WEB, OLD], Sorted({"web": WEB}, [OLD], [])),
        ([WEB, ONE_OFF_OF_OLD], Sorted({"web": WEB}, [], [ONE_OFF_OF_OLD])),
        ([SECOND, WEB], Sorted({"web": WEB}, [], [SECOND])),
        # Compose takes it for the service's container, too, and makes no other
        ([SECOND], Sorted({"web": SECOND}, [], [])),
        ([OLDER_THAN_THE_LABEL], Sorted({"web": OLDER_THAN_THE_LABEL}, [], [])),
    ],
)
def test_own_is_what_compose_made_for_a_wanted_service(there: list[Container], found: Sorted) -> None:
    assert sort(there, {"web"}) == found
    assert sort(reversed(there), {"web"}) == found, "the order in which Docker lists them decides nothing"


def test_containers_are_read_whatever_their_labels_say() -> None:
    odd = FOREIGN._replace(service='a b "c"', name="/x", number="")

    assert parse([json.dumps(list(WEB._replace(name="/envivo-web-1"))), json.dumps(list(odd))]) == [
        WEB,
        odd._replace(name="x"),
    ]


@pytest.mark.parametrize("line", ["web running", "[]", '["web"]', "{}", "null", "1"])
def test_what_is_not_a_container_is_refused(line: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        parse([line])


def test_number_that_is_none_does_not_end_it() -> None:
    assert sort([NAMED_LIKE_OURS._replace(number="first"), WEB], {"web"}).own == {"web": WEB}


def test_left_alone_is_told_by_name() -> None:
    (line,) = left_alone([FOREIGN], "envivo")
    assert "foreign" in line and "not envivo's: left alone" in line


def test_filters_ask_for_one_service_where_one_is_named() -> None:
    assert "service" not in own("envivo")
    assert own("envivo", "web") == f"{own('envivo')} --filter label=com.docker.compose.service=web"


def test_labels_of_compose_are_asked_for_in_one_place() -> None:
    """Whoever writes them out anew forgets that others may carry some of them."""
    sources = [file for name in ("envivo", "roles", "templates") for file in (ROOT / name).rglob("*.*")]
    naming = {
        str(file.relative_to(ROOT))
        for file in sources
        if file.suffix in (".py", ".j2") and "label=com.docker.compose" in file.read_text()
    }
    assert naming <= {"envivo/state/containers.py"}
