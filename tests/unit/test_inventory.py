import signal
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.inventory import Host, Inventory, named, read


def test_hosts_of_each_group_are_listed() -> None:
    hosts = tuple(Host(name, ("media", "home"), {"ssh_hostname": name}) for name in ("a", "b"))

    assert Inventory("home", hosts).groups == {"home": ["a", "b"], "media": ["a", "b"]}
    assert [host.address for host in hosts] == ["a", "b"]


def test_local_environment_is_read() -> None:
    inventory = read(named("local"))

    assert [(host.name, host.address) for host in inventory.hosts] == [("@local", "127.0.0.1")]
    assert set(inventory.groups) >= {"media", "cameras", "local"}
    assert "settings" in inventory.hosts[0].data


def test_group_data_of_another_directory_wins_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / "local.py").write_text("from group_data.local import settings\n\nenvivo_test = 'here'\n")

    inventory = read(named("local"), [tmp_path])

    assert inventory.hosts[0].data["envivo_test"] == "here"
    assert (inventory.place, inventory.group_data) == ("inventories/local.py", (tmp_path,))


@pytest.mark.parametrize("hangs", ["inventories/home.py", "group_data/home.py"])
def test_file_that_hangs_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hangs: str) -> None:
    files = {"inventories/home.py": 'media = ["attic"]\n', "group_data/home.py": ""}
    files[hangs] += "import time\ntime.sleep(600)\n"
    for name, text in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("envivo.inventory._READ_WITHIN_S", 0.5)
    monkeypatch.setattr("envivo.inventory.PROJECT", tmp_path)
    former = signal.getsignal(signal.SIGALRM)

    with pytest.raises(EnvivoError, match=rf"{hangs}: line {files[hangs].count(chr(10))}: did not end within 0\.5 s"):
        read(tmp_path / "inventories/home.py")

    assert signal.getsignal(signal.SIGALRM) is former
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
