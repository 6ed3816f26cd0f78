"""Servers before their clients; what of a failed server its clients are told."""

import pytest

from envivo.operations.order import dependency_failed


@pytest.mark.parametrize(
    ("servers", "failed", "named"),
    [
        ([], set(), ""),
        ([], {"media1"}, ""),
        (["media1"], set(), ""),
        (["media1"], {"cam2", "turn1"}, ""),
        (["media1"], {"media1"}, "media1"),
        (["media1", "media2"], {"media2", "cam1"}, "media2"),
        (["media1", "media2"], {"media1", "media2"}, "media1 and media2"),
    ],
)
def test_client_stays_as_it_is_where_a_server_of_its_own_failed(
    servers: list[str], failed: set[str], named: str
) -> None:
    said = dependency_failed(servers, failed)

    assert bool(said) == bool(named)
    assert f"skipped because it depends on {named}, which failed" in str(said) or not named
