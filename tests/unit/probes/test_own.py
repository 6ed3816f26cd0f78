import pytest

from envivo.probes import own
from envivo.probes.mediamtx import printable

SECRET = "correct horse battery staple"
NAME = own.name(SECRET)


def test_name_is_new_for_each_viewer_and_survives_how_mediamtx_lists_it() -> None:
    assert own.name(SECRET) != own.name(SECRET)
    assert own.is_own(printable(NAME), SECRET)
    assert SECRET not in NAME


@pytest.mark.parametrize(
    "program",
    ["", "envivo-probe", "envivo-probe/0123456789abcdef.0123456789abcdef", f"{NAME} ", NAME[:-1], own.name("another")],
    # the same in each process of a run, as pytest-xdist asks for: names are random
    ids=["nobody", "without signature", "made up", "longer", "shorter", "of another secret"],
)
def test_who_only_calls_themselves_so_is_a_viewer(program: str) -> None:
    assert not own.is_own(program, SECRET)
