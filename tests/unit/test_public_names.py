"""What inventories and group data of a project import from `envivo`."""

import subprocess
import sys

import pytest

import envivo

IMPORTED = "import sys; import envivo; print(*sys.modules)"


@pytest.mark.parametrize("name", envivo.__all__)
def test_public_name_is_there_and_carries_it(name: str) -> None:
    assert getattr(envivo, name).__name__ == name


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="module 'envivo' has no attribute 'nothing_of_the_kind'"):
        envivo.nothing_of_the_kind  # noqa: B018 - what is tried


def test_import_alone_loads_no_settings() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)

    loaded = done.stdout.split()
    assert "envivo" in loaded
    assert [name for name in loaded if name.startswith(("envivo.", "pydantic", "pyinfra"))] == []
