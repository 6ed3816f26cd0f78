"""What a MediaMTX that was taken over may put among the recordings, and what of it reaches a viewer: nothing."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests

from envivo.roles.media.recordings_mount import SHOWN, UNIT
from tests.e2e.lab import Lab
from tests.patience import patient, until

MEDIAMTX = "docker exec envivo-mediamtx-1 /busybox"
PLANTED = {
    "a link to a file": ("ln -s /etc/caddy/Caddyfile {}/a.mp4", "a.mp4"),
    "a link to a file of its own": ("ln -s /conf/mediamtx.yml {}/b.mp4", "b.mp4"),
    "a link through the process": ("ln -s /proc/self/environ {}/c.mp4", "c.mp4"),
    "a link to a directory": ("ln -s / {}/all", "all/etc/caddy/Caddyfile"),
    "a link to a directory like a recording": ("ln -s /etc/caddy {}/d.mp4", "d.mp4/Caddyfile"),
    "a relative link": ("ln -s ../../../../etc/caddy/Caddyfile {}/e.mp4", "e.mp4"),
    "a link to a link": ("ln -s a.mp4 {}/f.mp4", "f.mp4"),
    "a hard link": ("ln /conf/mediamtx.yml {}/g.mp4", "g.mp4"),
    "a device": ("mknod {}/h.mp4 c 1 5", "h.mp4"),
}
"""What is run in MediaMTX's container, whose directory of recordings is {}, and what of the path is then asked for."""


@pytest.fixture(scope="module")
def origin(pair: Lab) -> Iterator[str]:
    """Everything is planted there."""
    pair.deploy()
    for command, _ in PLANTED.values():
        pair.run(pair.media, f"{MEDIAMTX} {command.format('/recordings/webcam')}", check=False)
    # what would be seen by a Caddy that follows
    pair.run(pair.media, f"{MEDIAMTX} ln -s / /recordings/root", check=False)
    yield f"http://{pair.hosts[pair.media]}:8080"
    pair.run(pair.media, "cd /var/lib/envivo/recordings; find . -type l -delete; rm -rf webcam/[a-h].mp4 webcam/all")


def get(url: str) -> requests.Response:
    return requests.get(url, headers={"Accept": "application/json"}, timeout=patient(10))


def newest(origin: str) -> str:
    """A real recording of the path."""
    files = until(bool, lambda: [one["name"] for one in get(f"{origin}/recordings/webcam/").json() if one["size"]], 20)
    return str(sorted(name for name in files if name.startswith("20"))[-1])


@pytest.mark.parametrize("asked", [asked for _, asked in PLANTED.values()], ids=PLANTED)
def test_planted_name_leads_nowhere(origin: str, asked: str) -> None:
    answer = get(f"{origin}/recordings/webcam/{asked}")

    assert answer.status_code >= 400, asked
    assert "monitor" not in answer.text and "authInternalUsers" not in answer.text


def test_links_beside_the_paths_lead_nowhere(origin: str) -> None:
    for target in ("root/etc/caddy/Caddyfile", "root/", "root/data/caddy/", "webcam/../root/etc/caddy/Caddyfile"):
        assert get(f"{origin}/recordings/{target}").status_code == 404, target


def test_recordings_themselves_are_shown(origin: str) -> None:
    answer = requests.get(
        f"{origin}/recordings/webcam/{quote(newest(origin))}", headers={"Range": "bytes=4-7"}, timeout=patient(10)
    )
    assert (answer.status_code, answer.content) == (206, b"ftyp")


def test_caddy_waits_for_the_mount_and_the_next_deploy_brings_it(origin: str, pair: Lab) -> None:
    """As where it failed at a boot."""
    pair.run(pair.media, f"systemctl stop {UNIT} && ! mountpoint -q {SHOWN} && docker restart envivo-web-1")
    state = "docker inspect -f '{{json .State}}' envivo-web-1"
    assert until(bool, lambda: json.loads(pair.run(pair.media, state).stdout)["ExitCode"], 20)
    with pytest.raises(requests.ConnectionError):
        get(f"{origin}/recordings/webcam/")
    words = "the container caddy is not running"
    finding = until(lambda done: words in done.stdout, lambda: pair.envivo("verify", pair.env), 30, 0)
    assert finding.returncode == 1 and words in finding.stdout

    assert "Media | Mount the recordings for the page, without symbolic links" in pair.deploy()

    assert newest(origin)
    assert get(f"{origin}/recordings/webcam/a.mp4").status_code >= 400
    assert pair.deploy() == {}
