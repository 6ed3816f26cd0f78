"""A Docker Engine that cannot run the containers: the deploy refuses it, and has changed nothing."""

import json
from collections.abc import Iterator

import pytest

from envivo.state.live_restore import CONFIG
from tests.e2e.lab import Lab

pytestmark = pytest.mark.proof

RESTART = "systemctl reset-failed docker.service; systemctl restart docker.service"
PLACES = "/etc/envivo /opt/envivo /var/lib/envivo"
FILES = f"find {PLACES} -type f -printf '%p %T@\\n' 2>/dev/null | grep -v /recordings/ | sort"


@pytest.fixture
def host(spare: Lab) -> Iterator[str]:
    spare.run(spare.media, f"! [ -e {CONFIG} ] || mv {CONFIG} {CONFIG}.before")
    yield spare.media
    spare.run(spare.media, f"rm -f {CONFIG}; ! [ -e {CONFIG}.before ] || mv {CONFIG}.before {CONFIG}; {RESTART}")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"userns-remap": "default"}, "Docker: uses userns-remap, which keeps containers off the host's network"),
        ({"features": {"containerd-snapshotter": True}}, "Docker: keeps images in containerd, where their IDs"),
    ],
)
def test_engine_is_refused_before_anything_changes(spare: Lab, host: str, config: dict[str, object], said: str) -> None:
    text = json.dumps(config)
    spare.run(host, f"mkdir -p /etc/docker && echo '{text}' >{CONFIG} && {RESTART}")
    before = spare.run(host, FILES).stdout

    done = spare.pyinfra(f"inventories/{spare.env}.py", "deploy.py", "-y")

    assert done.returncode == 1
    assert said in " ".join(done.stderr.split()), done.stderr
    assert "Install packages" not in done.stderr, done.stderr
    assert spare.run(host, FILES).stdout == before
