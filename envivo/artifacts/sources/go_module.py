"""A program built by the go command from the module of its version (docs/notes/mediamtx.md#the-go-module).

The module is checked by its own checksum (h1, from the lock file), and every dependency by the module's own go.sum:
with `-mod=readonly` go takes nothing that does not stand there, so no checksum database has to answer. The build is
reproducible: one Go version gives one binary.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from threading import Timer

from envivo.artifacts.cache import Provenance
from envivo.artifacts.image_archive import pack_program
from envivo.artifacts.lock import Arch, GoPin, Item
from envivo.artifacts.sources import ChecksumError, UnavailableError, Watcher
from envivo.artifacts.sources.npm import unpack

_DOWNLOAD_SECONDS = 600
_BUILD_SECONDS = 1800
_MISMATCH = re.compile(
    r"verifying (?P<what>\S+): checksum mismatch\s+downloaded: (?P<found>\S+)\s+go\.sum:\s+(?P<expected>\S+)"
)


@dataclass(frozen=True)
class GoModule:
    pin: GoPin
    name: str = "go"

    def fetch(self, item: Item, into: Path, watcher: Watcher) -> Provenance:
        if shutil.which("go") is None:
            raise UnavailableError("the go command is not installed (1.26 or newer)")
        with tempfile.TemporaryDirectory(dir=into) as work:
            build = _Build(self.pin, item, Path(work), watcher)
            program = build.program()
            watcher.step("packing the image")
            with program.open("rb") as binary:
                image_id = pack_program(binary, program.stat().st_size, item, into)
            origin = f"go module {self.pin.module} {self.pin.version}, {build.go_version()}"
        return Provenance(source=self.pin.use, pin=self.pin.value(item.arch), origin=origin, image_id=image_id)


@dataclass(frozen=True)
class _Build:
    """A module of one's own around the wanted one: its requirements, its go.sum, and what it lacks put into vendor/."""

    pin: GoPin
    item: Item
    work: Path
    watcher: Watcher

    def program(self) -> Path:
        source = self._download()
        module = self.work / "module"
        module.mkdir()
        (module / "go.mod").write_bytes((source / "go.mod").read_bytes())
        (module / "go.sum").write_text(
            (source / "go.sum").read_text() + own_sums(self.pin, (source / "go.mod").read_bytes())
        )
        required = f"-require={self.pin.module}@{self.pin.version}"
        self._go("mod", "edit", "-module=envivo.build", required, f"-tool={self.pin.package}", cwd=module)
        if self.pin.generated:
            self._vendor(module)
        flags = ["-trimpath", "-buildvcs=false", f"-mod={'vendor' if self.pin.generated else 'readonly'}", "-v"]
        flags.append(f"-ldflags=-s -w {self.pin.ldflags}".rstrip())
        self.watcher.step("go build (a minute or two)")
        program = self.work / "program"
        self._go("build", *flags, "-o", str(program), self.pin.package, cwd=module, seconds=_BUILD_SECONDS)
        return program

    def go_version(self) -> str:
        return self._go("env", "GOVERSION", cwd=self.work).strip()

    def _download(self) -> Path:
        self.watcher.step(f"go mod download {self.pin.module}@{self.pin.version}")
        # The lock file vouches for this module; a private or closed checksum database need not.
        printed = self._go(
            "mod",
            "download",
            "-json",
            f"{self.pin.module}@{self.pin.version}",
            cwd=self.work,
            GONOSUMDB=self.pin.module,
        )
        module = json.loads(printed)
        if module["Sum"] != self.pin.sum:
            subject, checked = f"go: {self.pin.module}@{self.pin.version}", self.pin.checked
            raise ChecksumError(self.item, subject, self.pin.sum, module["Sum"], checked=checked)
        return Path(module["Dir"])

    def _vendor(self, module: Path) -> None:
        self.watcher.step("go mod vendor")
        # -e: do not stop for embedded files that are absent; the build stops for anything else that is.
        self._go("mod", "vendor", "-e", cwd=module)
        for generated in self.pin.generated:
            target = module / "vendor" / self.pin.module / generated.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if generated.npm and generated.member:
                unpack(generated.npm, {generated.member: target}, self.item, self.work, self.watcher)
            else:
                target.write_text(generated.text)

    def _go(self, *arguments: str, cwd: Path, seconds: float = _DOWNLOAD_SECONDS, **extra: str) -> str:
        """Run go; its standard output. Raises UnavailableError, or ChecksumError when go says so."""
        environment = {**os.environ, **build_environment(self.item.arch), **extra}
        command = ["go", *arguments]
        said: list[str] = []
        with (
            tempfile.TemporaryFile(mode="w+", dir=self.work) as output,
            subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            bound = Timer(seconds, _end, [process])
            bound.daemon = True
            try:
                bound.start()
                for line in process.stderr or ():
                    said.append(line.rstrip())
                    self.watcher.detail(line.strip())
                process.wait()
            finally:
                bound.cancel()
                _end(process)
            output.seek(0)
            printed = output.read()
        if process.returncode != 0:
            what = " ".join(("go", *takewhile(lambda argument: not argument.startswith("-"), arguments)))
            self._explain(what, "\n".join((*said, printed)), process.returncode)
        return printed

    def _explain(self, what: str, said: str, returncode: int) -> None:
        if mismatch := _MISMATCH.search(said):
            raise ChecksumError(self.item, f"go: {mismatch['what']}", mismatch["expected"], mismatch["found"])
        raise UnavailableError(f"{what}: {reason(said) or f'exit code {returncode}'}")


def reason(said: str) -> str:
    """Of what go said before it gave up, the line that says why: indented lines are advice."""
    if error := re.search(r'^\s*"Error": "(.*)"', said, re.MULTILINE):
        return error[1]
    return next((line for line in reversed(said.splitlines()) if line[:1].strip(" \t{}")), "")


def build_environment(arch: Arch) -> Mapping[str, str]:
    """What a build must not take from the person's environment; where modules come from (GOPROXY) stays theirs."""
    return {
        "CGO_ENABLED": "0",
        "GOOS": "linux",
        "GOARCH": arch,
        "GOAMD64": "v1",
        "GOARM64": "v8.0",
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOEXPERIMENT": "",
        "GOTOOLCHAIN": "local",  # else go fetches another compiler, which nothing here pins
    }


def own_sums(pin: GoPin, go_mod: bytes) -> str:
    """The two go.sum lines of the module itself, which its own go.sum cannot have."""
    listing = f"{hashlib.sha256(go_mod).hexdigest()}  go.mod\n".encode()
    of_go_mod = base64.b64encode(hashlib.sha256(listing).digest()).decode()
    return f"{pin.module} {pin.version} {pin.sum}\n{pin.module} {pin.version}/go.mod h1:{of_go_mod}\n"


def _end(process: "subprocess.Popen[str]") -> None:
    """End go and the compilers it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
