"""A role of a stranger: one folder, one guarded call in deploy.py and one field of the settings, in a copy of the
checkout; nothing else is told of it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from envivo.core.paths import PROJECT as ROOT
from tests.plan.conftest import ANSWERS, PASSWORD

ROLE = {
    "__init__.py": "",
    "settings.py": '''
"""A clock that others may ask for the time."""

from envivo.config.interrupts import Interrupts
from envivo.config.types import Port, Settings


class Clock(Settings):
    """The clock."""

    interrupts = Interrupts.NOBODY
    port: Port = 3737
    """TCP port of the clock."""
''',
    "role.py": """
from envivo.roles.clock.settings import Clock
from envivo.roles.role import Context, Needs, Role
from envivo.state.desired import Account, Listener, Removable
from envivo.state.program import Program


def needs(clock: Clock, context: Context) -> Needs:
    return Needs(packages=["busybox-static"], accounts=[Account("clock")])


ROLE = Role(
    name="clock",
    group="clocks",
    settings="clock",
    after=("base",),
    needs=needs,
    listeners=lambda clock, context: [Listener("clock.port", clock.port)],
    programs=lambda clock, context: [Program("clock", "nobody gets the time", "clock.service")],
    removables=(Removable("the clock", paths=("/etc/envivo/clock.conf",)),),
)
""",
    "tasks.py": """
from pyinfra.api import deploy

from envivo.operations.files import files
from envivo.roles.clock.settings import Clock
from envivo.state.desired import File


@deploy("Clock")
def clock(settings: Clock) -> None:
    files(name="Write when it ticks", wanted=[File("/etc/envivo/clock.conf", f"port {settings.port}\\n".encode())])
""",
    "checks.py": """
from envivo.roles.base.checks import listening_ports
from envivo.verify.engine import Check


def checks(target, evidence):
    wanted = [one for one in target.context.listeners if one.setting == "clock.port"]
    yield Check(
        target.name,
        "the clock listens",
        lambda: listening_ports(target, wanted, "journalctl"),
        (evidence.reachable[target.name],),
    )
""",
}
OVERVIEW = """
from envivo.status.rows import HOSTS, Question, Row


def overview(clock, context):
    yield Question("date", lambda said: [Row(HOSTS, context.host, {"time": said.strip()})])
"""
SHOWN = """
import sys
from pathlib import Path
from envivo.orchestration import validation
from envivo.orchestration.overview import questions
from envivo.orchestration.target import places
from envivo.remote import RemoteShell

read = validation.read(Path(sys.argv[1]), [Path(sys.argv[2])])
for host in places(read, {host.name: RemoteShell(host) for host in read.hosts}):
    for _, question in questions(host):
        print(host.name, question.command.splitlines()[0])
"""
IN_DEPLOY = """
if "clocks" in host.groups:
    from envivo.roles.clock.tasks import clock

    clock(settings=settings.clock)
"""
FIELD = '''    clock: Clock = Clock()
    """The clock."""
'''
PLANNED = """
import json, sys
from pathlib import Path
from envivo.orchestration import validation
from envivo.orchestration.target import places
from envivo.orchestration.verification import checks
from envivo.plan.planning import Plan
from envivo.remote import RemoteShell

read = validation.read(Path(sys.argv[1]), [Path(sys.argv[2])])
hosts = places(read, {host.name: RemoteShell(host) for host in read.hosts})
print(json.dumps([str(check) for check in checks(hosts, lambda host: Plan(()))]))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy with the role in it."""
    copy = tmp_path / "checkout"
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    for name in tracked.stdout.splitlines():
        source, target = ROOT / name, copy / name
        if name.startswith("tests/") or not (source.is_symlink() or source.is_file()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            target.write_bytes(source.read_bytes())
    folder = copy / "roles" / "clock"
    folder.mkdir()
    for name, text in ROLE.items():
        (folder / name).write_text(text.lstrip())
    deploy = copy / "deploy.py"
    deploy.write_text(deploy.read_text() + IN_DEPLOY)
    environment = copy / "envivo" / "orchestration" / "environment.py"
    text = environment.read_text()
    before, after = text.split("    media_address: Annotated[OptionalHost", 1)
    imported = "from envivo.roles.clock.settings import Clock\n"
    first, rest = before.split("from envivo.", 1)
    before = f"{first}{imported}from envivo.{rest}"
    environment.write_text(f"{before}{FIELD}    media_address: Annotated[OptionalHost{after}")
    return copy


def run(checkout: Path, *argv: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run([sys.executable, *argv], cwd=checkout, env=environ, capture_output=True, text=True)


def write(tmp_path: Path, **settings: object) -> tuple[str, str]:
    """An inventory of a media host and a clock, and the directory of its settings."""
    reached = {"fake_responses": ANSWERS, "fake_delay": 0, "fake_delay_jitter": 0, "ssh_hostname": "192.0.2.1"}
    hosts = {"media": "media1", "cameras": "cam1", "clocks": "clock1"}
    inventory = tmp_path / "lab.py"
    lines = [
        f"{group} = [('@fake/{name}', {reached | {'ssh_hostname': f'192.0.2.{number}'}!r})]"
        for number, (group, name) in enumerate(hosts.items(), 1)
    ]
    inventory.write_text("\n".join(lines) + "\n")
    data = {
        "mediamtx": {
            "monitor": {"user": "monitor", "password": PASSWORD},
            "paths": {"webcam": {"publisher": {"user": "webcam", "password": PASSWORD}}},
        },
        "cameras": {"webcam": {"source": "test"}},
        **settings,
    }
    directory = tmp_path / "settings"
    directory.mkdir(exist_ok=True)
    (directory / "lab.py").write_text(f"from envivo import environment\n\nsettings = environment(**{data!r})\n")
    return str(inventory), str(directory)


def test_one_folder_one_call_and_one_field_are_all_that_a_new_role_takes(checkout: Path, tmp_path: Path) -> None:
    inventory, directory = write(tmp_path, clock={"port": 4747})

    deployed = run(checkout, "-m", "pyinfra", inventory, "deploy.py", "-y", "--json", "--group-data", directory)

    assert deployed.returncode == 0, deployed.stderr
    operations = json.loads(deployed.stdout)["results"]["operations"]
    changed = {one["name"] for one in operations if "@fake/clock1" in one["success"]}
    assert {"Base | Create accounts", "Clock | Write when it ticks"} <= changed
    planned = run(checkout, "-c", PLANNED, inventory, directory)
    assert planned.returncode == 0, planned.stderr
    assert "@fake/clock1: the clock listens" in json.loads(planned.stdout)


def test_status_asks_for_its_programs_and_what_else_it_shows(checkout: Path, tmp_path: Path) -> None:
    inventory, directory = write(tmp_path)
    (checkout / "roles" / "clock" / "overview.py").write_text(OVERVIEW)

    asked = run(checkout, "-c", SHOWN, inventory, directory)

    assert asked.returncode == 0, asked.stderr
    of_clock = [line for line in asked.stdout.splitlines() if line.startswith("@fake/clock1 ")]
    assert any("systemctl show" in line and line.endswith(" clock.service") for line in of_clock)
    assert "@fake/clock1 date" in of_clock


def test_a_deploy_py_from_before_the_role_is_refused(checkout: Path, tmp_path: Path) -> None:
    inventory, directory = write(tmp_path)
    deploy = checkout / "deploy.py"
    deploy.write_text(deploy.read_text().removesuffix(IN_DEPLOY))

    refused = run(checkout, "-m", "pyinfra", inventory, "deploy.py", "-y", "--group-data", directory)

    assert refused.returncode
    assert "deploy.py: does not import the tasks of clock: copy the missing parts" in refused.stderr, refused.stderr


def test_its_settings_are_validated_and_its_remains_removed_elsewhere(checkout: Path, tmp_path: Path) -> None:
    inventory, directory = write(tmp_path, clock={"prot": 4747})

    refused = run(checkout, "-m", "pyinfra", inventory, "deploy.py", "-y", "--group-data", directory)

    assert "clock.prot: unknown key: did you mean port?" in refused.stderr, refused.stderr
    unwanted = run(
        checkout,
        "-c",
        "from envivo.orchestration.roles import roles\n"
        "print([removable.name for role in roles() for removable in role.removables])",
    )
    assert "the clock" in unwanted.stdout
