"""Inventories with their group data are read as pyinfra reads them, and what is wrong in them is one line."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from envivo.core.errors import EnvivoError
from envivo.inventory import read

Files = Mapping[str, str]
LISTS = 'media = ["a", ("b", {"ssh_user": "pi"})]\ncameras = [("b", {"port": 1}), "c"]\n'
LAYOUTS: dict[str, Files] = {
    "lists of names and of names with data": {"inventories/home.py": LISTS},
    "a group with data": {
        "inventories/home.py": 'media = (["a"], {"x": 1, "y": 1})\ncameras = ["a", "b"]\n',
        "group_data/media.py": "y = 2\nz = 2\n",
    },
    "data of everybody, of groups in their order, of the environment, and of a host": {
        "inventories/home.py": 'cameras = [("a", {"host": 1})]\nmedia = [("a", {"host": 2}), "b"]\n',
        "group_data/all.py": "\n".join(f"{name} = 'all'" for name in ("all", "group", "env", "host")),
        "group_data/media.py": "group = env = host = 'media'\n",
        "group_data/cameras.py": "group = env = host = 'cameras'\n",
        "group_data/home.py": "env = host = 'home'\n",
        "group_data/attic.py": "env = 'attic'\n",
    },
    "every host listed as all, with data": {
        "inventories/home.py": 'all = (["a", ("c", {"x": 3})], {"x": 1})\nmedia = ["a", "b"]\n',
        "group_data/all.py": "y = 4\n",
    },
    "a group named as the file": {
        "inventories/home.py": 'home = ["a"]\nmedia = ["a", "b"]\n',
        "group_data/home.py": "x = 1\n",
    },
    "names that are data, and names that are not": {
        "inventories/home.py": 'media = ["a"]\n_cameras = ["b"]\nsea = "c"\nports = [1, 2]\nnobody = []\n',
        "group_data/home.py": "import json\nfrom os import path, sep as s\ntry:\n    import ast\nexcept ImportError:\n"
        "    pass\n_sudo = True\n__hidden = 1\nast = str(ast)\n",
        "group_data/media.py": "__all__ = ['x', 'path']\nfrom os.path import sep as path\nx = 1\ny = 2\n",
    },
    "group data beside the inventory and in other directories": {
        "inventories/home.py": 'media = ["a"]\n',
        "group_data/home.py": "project = beside = other = file = 1\n",
        "inventories/group_data/home.py": "beside = other = file = 2\n",
        "more/home.py": "other = file = 3\n",
        "files/home.py": "file = 4\n",
    },
    "connectors": {
        "inventories/home.py": 'media = ["@local"]\ncameras = [("@fake/cam", {"x": 1}), "@docker/debian:13"]\n',
        "group_data/cameras.py": "x = y = 2\n",
    },
    "group data that ask the inventory": {
        "inventories/home.py": LISTS,
        "group_data/home.py": "from pyinfra import inventory\nnames = [h.name for h in inventory.groups['media']]\n",
    },
    "files that import others, relative to the project": {
        "inventories/home.py": "from group_data.layout_addresses import ADDRESS\nmedia = [(ADDRESS, {})]\n",
        "group_data/home.py": "text = open('note.txt').read()\n",
        "group_data/layout_addresses.py": "ADDRESS = 'a'\n",
        "note.txt": "here",
    },
    "rules for SSH": {
        "inventories/home.py": 'media = [("a", {"ssh_config_file": "/dev/null", "ssh_port": 2222})]\n',
        "group_data/all.py": "ssh_connect_retries = 3\nssh_port = 22\n",
    },
}  # fmt: skip
PYINFRA = """
import json, os, sys
from pyinfra.api import State
from pyinfra.context import ctx_state
from pyinfra_cli.inventory import make_inventory
sys.path.append(os.getcwd())
ctx_state.set(State())
made = make_inventory("inventories/home.py", cwd=os.getcwd(), group_data_directories=sys.argv[1:])
print(json.dumps([[host.name, list(host.groups), host.data.dict()] for host in made]))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for module in ("envivo.inventory", "envivo.core.mistakes"):
        monkeypatch.setattr(f"{module}.PROJECT", tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    known = set(sys.modules)
    yield tmp_path
    for module in [name for name in sys.modules if name.startswith("group_data.") and name not in known]:
        del sys.modules[module]


def write(directory: Path, files: Files) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8", errors="surrogateescape")


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_inventory_is_read_as_pyinfra_reads_it(project: Path, files: Files) -> None:
    write(project, files)
    more = [file for file in (project / "more", project / "files" / "home.py") if file.exists()]
    done = subprocess.run(
        [sys.executable, "-c", PYINFRA, *map(str, more)], cwd=project, capture_output=True, text=True, check=True
    )

    found = read(project / "inventories" / "home.py", more)

    theirs = [[name, groups, data] for name, groups, data in json.loads(done.stdout)]
    assert [[host.name, list(host.groups), dict(host.data)] for host in found.hosts] == theirs
    assert theirs


MISTAKES: dict[str, tuple[str, str]] = {
    "settings = {\n    'a': 1\n    'b': 2,\n}\n": (
        "line 2", "is not valid Python (invalid syntax. Perhaps you forgot a comma?)"
    ),
    "x = 1\nsettings = DOMIAN\n": ("line 2", "name 'DOMIAN' is not defined"),
    "from envivo import secret\n\n\nx = secret('Publish_Garden')\n": (
        "line 4",
        "'Publish_Garden': the name of a secret has only lowercase letters, digits and -: did you mean "
        "'publish-garden'?",
    ),
    "from envivo import secret\nx = secret(5)\n": ("line 2", "the name of a secret must be a string, is 5"),
    "from envivo import environment\n\nsettings = environment(secrets='all')\n": (
        "line 3", "secrets: must be 'generated' or 'given', is 'all'"
    ),
    "if True:\n\tx = 1\n        y = 2\n": (
        "line 3", "is not valid Python (inconsistent use of tabs and spaces in indentation)"
    ),
    "if True:\nx = 1\n": (
        "line 2", "is not valid Python (expected an indented block after 'if' statement on line 1)"
    ),
    "hosts = [\n    ('a', {})\n    ('b', {}),\n]\n": (
        "line 2",
        "TypeError: 'tuple' object is not callable ('tuple' object is not callable; perhaps you missed a comma?)",
    ),
    "x = '\\0'\n# \0\n": ("", "is not valid Python (source code string cannot contain null bytes)"),
    "\ufeffx = 1\n": (
        "line 1", "is not valid Python (it begins with a byte order mark: save it as UTF-8 without one)"
    ),
    "x = 1\n# caf\udce9\n": ("line 2", "is not UTF-8 (byte 0xe9): save it as UTF-8"),
    "import sys\nsys.exit(3)\n": ("line 2", "ends the program (exit 3): remove that"),
    "raise SystemExit\n": ("line 1", "ends the program (exit None): remove that"),
    "def f():\n    return f()\n\n\nx = f()\n": ("line 2", "RecursionError: maximum recursion depth exceeded"),
    "open('/nonexistent')\n": (
        "line 1", "FileNotFoundError: [Errno 2] No such file or directory: '/nonexistent'"
    ),
    "class E(Exception):\n    def __str__(self):\n        return 1 / 0\n\n\nraise E\n": ("line 6", "E"),
    "raise ExceptionGroup('two\\nlines', [ValueError()])\n": (
        "line 1", "ExceptionGroup: two lines (1 sub-exception)"
    ),
    "def port(name):\n    return {}[name]\n\n\nx = port('page')\n": ("line 2", "KeyError: 'page'"),
    "import nosuchmodule\n": ("line 1", "No module named 'nosuchmodule'"),
    "assert False\n": ("line 1", "AssertionError"),
}  # fmt: skip


@pytest.mark.parametrize("file", ["group_data/home.py", "inventories/home.py", "group_data/media.py"])
@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=[said for _, said in MISTAKES.values()])
def test_mistake_is_one_line_with_file_and_line(project: Path, file: str, text: str, said: tuple[str, str]) -> None:
    write(project, {"inventories/home.py": 'media = ["a"]\n', file: text + 'media = ["a"]\n'})

    with pytest.raises(EnvivoError) as refused:
        read(project / "inventories" / "home.py")

    assert str(refused.value) == ": ".join(part for part in (file, *said) if part)
    (problem,) = refused.value.problems
    assert (problem.file, problem.place, problem.message, problem.fix) == (file, *said, "")
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("media = [('a', ['x'])]\n",
         "line 1: media: each host must be \"name\" or (\"name\", {...}), one is ('a', ['x'])"),
        ("x = 1\nmedia = [('a', {}, 1)]\n",
         "line 2: media: each host must be \"name\" or (\"name\", {...}), one is ('a', {}, 1)"),
        ("media = [(5, {})]\n", "line 1: media: each host must be \"name\" or (\"name\", {...}), one is (5, {})"),
        ("media = [('', {})]\n", "line 1: media: each host must be \"name\" or (\"name\", {...}), one is ('', {})"),
        ("media = (['a'], 'x')\n", "line 1: media: its data must be a dictionary, is 'x'"),
        ("media = (['a'], {}, 1)\n", "line 1: media: must be a list of hosts, is (['a'], {}, 1)"),
    ],
)  # fmt: skip
def test_group_that_is_none_is_one_line(project: Path, text: str, wrong: str) -> None:
    write(project, {"inventories/home.py": text})

    with pytest.raises(EnvivoError) as refused:
        read(project / "inventories" / "home.py")

    assert str(refused.value) == f"inventories/home.py: {wrong}"


def test_file_that_cannot_be_read_is_one_line(project: Path) -> None:
    write(project, {"inventories/home.py": "media = ['a']\n"})
    (project / "group_data" / "home.py").mkdir(parents=True)

    with pytest.raises(EnvivoError, match=r"^group_data/home\.py: cannot be read \(Is a directory\)$"):
        read(project / "inventories" / "home.py")


def test_mistake_is_in_the_file_that_was_imported(project: Path) -> None:
    write(project, {
        "inventories/home.py": "from group_data.layout_wrong import x\nmedia = ['a']\n",
        "group_data/layout_wrong.py": "y = 1\nx = z\n",
    })  # fmt: skip

    with pytest.raises(EnvivoError, match=r"^group_data/layout_wrong\.py: line 2: name 'z' is not defined$"):
        read(project / "inventories" / "home.py")


def test_mistake_of_another_environment_is_not_this_ones(project: Path) -> None:
    write(
        project, {"inventories/home.py": 'media = ["a"]\n', "group_data/attic.py": "(\n", "group_data/turn.py": "x\n"}
    )

    assert [host.name for host in read(project / "inventories" / "home.py").hosts] == ["a"]


def test_what_files_print_is_not_part_of_an_answer(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, {"inventories/home.py": 'media = ["a"]\nprint("hello")\n'})

    read(project / "inventories" / "home.py")

    assert (capsys.readouterr().out, Path.cwd() == project) == ("", False)


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("from envivo.inventory import named, read; read(named('local')).hosts[0].data['settings'].read()",
         ["pyinfra_cli"]),
        ("import envivo.orchestration.environment, envivo.state.desired", ["pyinfra", "gevent", "paramiko"]),
        ("import envivo.roles.media.settings, envivo.roles.media.desired", ["pyinfra", "gevent", "paramiko"]),
    ],
)  # fmt: skip
def test_sockets_stay_the_standard_librarys_and_settings_need_no_pyinfra(code: str, absent: list[str]) -> None:
    seen = (
        f"import sys; {code}; import socket; print([n for n in {absent} if n in sys.modules], socket.socket.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[] socket"
