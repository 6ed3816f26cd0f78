"""A lab host that says it is another system: only its os-release is, everything else stays Debian."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.lab import Lab

UBUNTU = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\n'
FEDORA = 'ID=fedora\nVERSION_ID=42\nPRETTY_NAME="Fedora Linux 42"\n'
RELEASE, FILE = "/usr/lib/os-release", "/run/envivo-test-os-release"


@contextmanager
def disguised(lab: Lab, host: str, release: str) -> Iterator[None]:
    try:
        lab.run(host, f"cat > {FILE} && mount --bind {FILE} {RELEASE}", stdin=release)
        yield
    finally:
        lab.run(host, f"umount {RELEASE}; rm -f {FILE}")
