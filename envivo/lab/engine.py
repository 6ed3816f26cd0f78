"""The Docker Engine that carries the lab: used as it is when it answers, started where no service manager would."""

import os
import select
import shutil
import signal
import subprocess
from pathlib import Path

from envivo.core.errors import EnvivoError
from envivo.core.polling import until
from envivo.core.sizes import size
from envivo.lab.keys import STATE
from envivo.lab.programs import as_root, attempt, last_line, missing, run
from envivo.lab.progress import note, step

NEEDED_BYTES = 3_000_000_000
_PID = STATE / "dockerd.pid"
_LOG = STATE / "dockerd.log"
_DOCKER_PID = Path("/var/run/docker.pid")
_PID_FILES = {_DOCKER_PID: "dockerd", Path("/var/run/docker/containerd/containerd.pid"): "containerd"}


def docker(*argv: str, stdin: bytes | None = None) -> str:
    return run("docker", *argv, fix="envivo lab down; envivo lab up", stdin=stdin)


def answers() -> bool:
    return attempt("docker", "version", "--format", "{{.Server.Version}}")[0] == 0


def engine_error(answer: str, *, daemon: bool, root: bool, service_manager: bool, elsewhere: str) -> EnvivoError | None:
    """Why the lab cannot start the Engine that did not answer; None where it can.

    `answer` is what the client said, `daemon` whether dockerd is installed, `elsewhere` the DOCKER_HOST that was asked.
    """
    place = "Docker Engine"
    if "permission denied" in answer.lower():
        return EnvivoError(place, "this user may not talk to it", as_root("lab up"))
    if elsewhere:
        return EnvivoError(place, f"does not answer at DOCKER_HOST={elsewhere}", "unset DOCKER_HOST")
    if not daemon:
        return missing("dockerd")
    if not root:
        return EnvivoError(place, "does not run, and only root can start it", as_root("lab up"))
    if service_manager:
        return EnvivoError(place, "does not run", "systemctl start docker")
    return None


def ensure() -> None:
    """An Engine that answers, or an EnvivoError that says what is missing for one."""
    code, _, answer = attempt("docker", "version", "--format", "{{.Server.Version}}")
    if code == 0:
        return
    refused = engine_error(
        answer,
        daemon=shutil.which("dockerd") is not None,
        root=os.geteuid() == 0,
        service_manager=Path("/run/systemd/system").is_dir(),
        elsewhere=os.environ.get("DOCKER_HOST", ""),
    )
    if refused:
        raise refused
    if (pid := running()) is not None:  # the command that started it was killed
        with step("Docker Engine: wait"):
            until(bool, answers, 90, every_s=0.1)
        if not answers():
            raise EnvivoError("dockerd", f"process {pid} does not answer", f"kill {pid}; envivo lab up")
        return
    for file, owner in _PID_FILES.items():
        if stale(file, owner):
            file.unlink()
    with step("Docker Engine: start"):
        _start()


def _start() -> None:
    # No default bridge: hosts have the lab's own network, and 172.17.0.0/16 stays free for other programs.
    _LOG.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _LOG.open("ab") as log:
        daemon = subprocess.Popen(
            ["dockerd", "--bridge", "none"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    _PID.write_text(f"{daemon.pid}\n")
    until(bool, lambda: daemon.poll() is not None or answers(), 90, every_s=0.1)
    if daemon.poll() is not None or not answers():
        raise EnvivoError("dockerd", last_line(_LOG.read_text(errors="replace")), f"see {_LOG}")


def program(pid: int) -> str:
    """The name that a process was started by; "" where there is none, or one that ended and nobody waited for."""
    try:
        return Path(Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[0]).name
    except OSError:
        return ""


def pid_in(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def stale(file: Path, owner: str) -> bool:
    """dockerd 20.10 takes any live process of the number in its pid files for itself (a killed one leaves them)."""
    pid = pid_in(file)
    return pid is not None and program(pid) != owner


def running() -> int | None:
    """The process of an Engine on this machine, of the lab or not."""
    return next(
        (pid for pid in map(pid_in, (_PID, _DOCKER_PID)) if pid is not None and program(pid) == "dockerd"), None
    )


def ours() -> int | None:
    """The process of the Engine that the lab started, None where it started none or that one is gone."""
    pid = pid_in(_PID)
    return pid if pid is not None and program(pid) == "dockerd" else None


def stop() -> None:
    """End the Engine that the lab started, if it did; other containers in it keep it."""
    pid = ours()
    if pid is None:
        return
    if docker("ps", "-aq"):
        note(f"Docker Engine: process {pid} keeps running: it has containers that do not belong to this lab")
        return
    handle = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGTERM)
        if not select.select([handle], [], [], 60)[0]:
            raise EnvivoError("dockerd", f"process {pid} does not end", f"kill -9 {pid}; envivo lab down")
    finally:
        os.close(handle)


def shortage(place: Path, free: int) -> EnvivoError | None:
    if free >= NEEDED_BYTES:
        return None
    return EnvivoError(
        str(place),
        f"{size(free)} of disk are free, but the lab needs {size(NEEDED_BYTES)}",
        f"free some; this lists the largest directories: du -xh --max-depth=2 {place} | sort -h | tail",
    )


def ensure_space(place: Path) -> None:
    if not place.exists():  # the data directory of an Engine on another machine
        return
    short = shortage(place, shutil.disk_usage(place).free)
    if short:
        raise short
