"""The go command on small modules, from a module proxy that is a directory."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from envivo.artifacts.cache import Cache
from envivo.artifacts.fetching import fetch
from envivo.artifacts.lock import GoPin
from envivo.artifacts.sources import ChecksumError
from envivo.artifacts.sources.go_module import own_sums, reason
from envivo.core.errors import EnvivoError

from .parts import everything_below, image_item

DEMO, WORDS = "example.org/demo", "example.org/words"
MAIN = 'package main\n\nimport "example.org/words"\n\nfunc main() { print(words.Hello) }\n'
EMBEDDING = """package main

import (
	_ "embed"

	"example.org/words"
)

//go:embed VERSION
var version string

func main() { print(words.Hello, version) }
"""


def h1(files: dict[str, bytes]) -> str:
    """The checksum of go.sum: sha256 of the sorted list of sha256 sums (golang.org/x/mod/sumdb/dirhash)."""
    listing = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return f"h1:{base64.b64encode(hashlib.sha256(listing.encode()).digest()).decode()}"


@dataclass(frozen=True)
class Proxy:
    root: Path

    def publish(self, module: str, files: dict[str, str]) -> str:
        """Put version v1.0.0 of a module there; its checksum."""
        where = self.root / module / "@v"
        where.mkdir(parents=True, exist_ok=True)
        (where / "v1.0.0.info").write_text('{"Version": "v1.0.0"}')
        (where / "v1.0.0.mod").write_text(files["go.mod"])
        content = {f"{module}@v1.0.0/{name}": text.encode() for name, text in files.items()}
        with zipfile.ZipFile(where / "v1.0.0.zip", "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        return h1(content)

    def publish_demo(self, main: str = MAIN) -> str:
        """A program and a dependency that its go.sum vouches for; the program's checksum."""
        go_mod = f"module {WORDS}\n\ngo 1.20\n"
        words = self.publish(WORDS, {"go.mod": go_mod, "words.go": 'package words\n\nconst Hello = "hello"\n'})
        sums = f"{WORDS} v1.0.0 {words}\n{WORDS} v1.0.0/go.mod {h1({'go.mod': go_mod.encode()})}\n"
        requires = f"module {DEMO}\n\ngo 1.24\n\nrequire {WORDS} v1.0.0\n"
        return self.publish(DEMO, {"go.mod": requires, "go.sum": sums, "main.go": main})


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    root = tmp_path / "proxy"
    root.mkdir()
    modules = tmp_path / "modules"
    monkeypatch.setenv("GOPROXY", root.as_uri())
    monkeypatch.setenv("GOMODCACHE", str(modules))
    monkeypatch.setenv("GOSUMDB", "sum.golang.org")
    yield Proxy(root)
    if modules.exists():
        subprocess.run(["go", "clean", "-modcache"], check=True)


def pin(checksum: str, **more: Any) -> dict[str, Any]:
    return {"use": "go", "module": DEMO, "package": DEMO, "version": "v1.0.0", "sum": checksum, "checked": True, **more}


def program(cache: Cache, into: Path, *, name: str = "demo-1.0-amd64") -> Path:
    """The program in a cached archive, unpacked."""
    with tarfile.open(cache.root / name / f"{name}.tar.gz") as image:
        layer = next(entry for entry in image if entry.name.endswith("layer.tar"))
        with tarfile.open(fileobj=image.extractfile(layer)) as tar:
            tar.extract("usr/bin/demo", into)  # without `filter`: Debian 12 has Python 3.11.2
    return into / "usr/bin/demo"


def test_go_module_is_built_and_runs(proxy: Proxy, cache: Cache, tmp_path: Path) -> None:
    (fetched,) = fetch([image_item(pin(proxy.publish_demo()))], cache)
    ran = subprocess.run([program(cache, tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stderr == "hello"
    assert fetched.receipt.origin.startswith(f"go module {DEMO} v1.0.0, go1.")


def test_go_module_gets_the_files_that_its_release_generates(proxy: Proxy, cache: Cache, tmp_path: Path) -> None:
    generated = [{"path": "VERSION", "text": " v1.0.0"}]
    fetch([image_item(pin(proxy.publish_demo(EMBEDDING), generated=generated))], cache)
    ran = subprocess.run([program(cache, tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stderr == "hello v1.0.0"


def test_go_module_is_built_the_same_each_time_and_for_the_architecture_asked(
    proxy: Proxy, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = pin(proxy.publish_demo())
    (first,) = fetch([image_item(pinned)], cache)
    with monkeypatch.context() as theirs:
        theirs.setenv("GOFLAGS", "-tags=other")
        theirs.setenv("GOAMD64", "v2")
        theirs.setenv("GOTOOLCHAIN", "go1.99.0")  # which nobody has
        (second,) = fetch([image_item(pinned)], Cache(tmp_path / "second"))
    assert first.receipt == second.receipt
    fetch([image_item(pinned, arch="arm64")], cache)
    header = program(cache, tmp_path, name="demo-1.0-arm64").read_bytes()[:20]
    assert header[18:20] == b"\xb7\x00"  # e_machine EM_AARCH64


def test_go_module_with_a_wrong_checksum_stops_with_both_values(proxy: Proxy, cache: Cache) -> None:
    found, expected = proxy.publish_demo(), f"h1:{'A' * 43}="
    with pytest.raises(ChecksumError) as stopped:
        fetch([image_item(pin(expected))], cache)
    assert stopped.value.what == f"go: {DEMO}@v1.0.0 has {found} instead of {expected}"
    assert everything_below(cache.root) == set()


def test_go_dependency_unlike_what_the_module_vouches_for_stops(proxy: Proxy, cache: Cache) -> None:
    pinned = pin(proxy.publish_demo())
    evil = {"go.mod": f"module {WORDS}\n\ngo 1.20\n", "words.go": 'package words\n\nconst Hello = "evil"\n'}
    found = proxy.publish(WORDS, evil)
    with pytest.raises(ChecksumError, match=f"go: {WORDS}@v1.0.0 has {found}".replace("+", r"\+")):
        fetch([image_item(pinned)], cache)
    assert everything_below(cache.root) == set()


def test_go_dependency_that_the_module_does_not_vouch_for_is_not_taken(proxy: Proxy, cache: Cache) -> None:
    proxy.publish_demo()
    requires = f"module {DEMO}\n\ngo 1.24\n\nrequire {WORDS} v1.0.0\n"
    checksum = proxy.publish(DEMO, {"go.mod": requires, "go.sum": "", "main.go": MAIN})
    with pytest.raises(EnvivoError, match=r"go: go build: .*missing go\.sum entry"):
        fetch([image_item(pin(checksum))], cache)
    assert everything_below(cache.root) == set()


def test_go_module_that_the_proxy_lacks_is_unavailable_with_its_reason(proxy: Proxy, cache: Cache) -> None:
    with pytest.raises(EnvivoError, match=rf"go: go mod download: {DEMO}@v1\.0\.0: .*no such file"):
        fetch([image_item(pin(f"h1:{'A' * 43}="))], cache)


def test_go_missing_from_the_machine_is_said(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("go") is None
    with pytest.raises(EnvivoError, match="go: the go command is not installed"):
        fetch([image_item(pin(f"h1:{'A' * 43}="))], cache)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", ""),
        ("# example.org/demo\n./main.go:5:21: undefined: words.Bye\n", "./main.go:5:21: undefined: words.Bye"),
        ("go: demo: missing go.sum entry; to add it:\n\tgo get demo\n", "go: demo: missing go.sum entry; to add it:"),
        ('{\n\t"Path": "demo",\n\t"Error": "demo: not found"\n}\n', "demo: not found"),
    ],
)
def test_go_reason_is_the_line_that_says_why(said: str, expected: str) -> None:
    assert reason(said) == expected


def test_own_sums_are_the_lines_that_go_writes() -> None:
    go_mod = b"module example.org/demo\n"
    parsed = GoPin.model_validate(pin(f"h1:{'A' * 43}="))
    assert own_sums(parsed, go_mod).splitlines() == [
        f"{DEMO} v1.0.0 h1:{'A' * 43}=",
        f"{DEMO} v1.0.0/go.mod {h1({'go.mod': go_mod})}",
    ]
