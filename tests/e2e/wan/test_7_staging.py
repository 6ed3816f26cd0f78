"""Staging on the lab's internet: what production is, proved across NAT and firewalls before anybody needs it."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from envivo.lab import wan
from envivo.lab.routes import ViewerMode
from tests.browser.viewer import Viewer
from tests.e2e.far_viewer import decodes_more, play
from tests.e2e.lab import API, Lab
from tests.patience import patient, until

Say = Callable[[str], None]


def test_bare_hosts_become_staging_that_verify_finds_true(staging: Lab, say: Say) -> None:
    verified = staging.verified()
    say("\n    ".join(line for line in verified.stdout.splitlines() if "(" in line))
    assert "shows its certificate on 443 (CN=Pebble" in verified.stdout
    assert "relays only media of the media host" in verified.stdout


def test_second_deploy_changes_nothing(staging: Lab) -> None:
    assert staging.deploy() == {}


def test_camera_publishes_over_tls_from_behind_its_router(staging: Lab) -> None:
    path = json.loads(staging.run(staging.media, f"{API}/paths/get/webcam").stdout)
    assert path["online"] and path["source"]["type"] == "rtspsSession"
    session = json.loads(staging.run(staging.media, f"{API}/rtspssessions/get/{path['source']['id']}").stdout)
    assert session["remoteAddr"].startswith("198.51.100.50:")


@pytest.mark.parametrize(
    ("mode", "transport", "pair"),
    [
        ("open", "udp", "-> host udp"),
        ("tcp-8189", "tcp", "-> host tcp"),
        ("turns-only", "relay", "relay udp tls"),
        pytest.param("no-8189", "relay", "relay udp udp", marks=pytest.mark.proof),
    ],
)
def test_viewer_plays_over_what_the_router_lets_through(
    viewer: Viewer, mode: ViewerMode, transport: str, pair: str, say: Say
) -> None:
    wan.viewers_may(mode)

    seen = play(viewer, "player.html?path=webcam")
    # a relay that was the quicker one is left for the direct way as soon as that is there
    stats = until(lambda stats: stats.get("transport") == transport, lambda: viewer.stats or {}, within_s=10)

    say(f"{mode}: {stats['pair']}, first frame {seen['firstFrameMs']} ms")
    assert pair in stats["pair"]


@pytest.mark.proof
def test_viewer_without_udp_plays_over_tcp_straight_or_through_turn(viewer: Viewer, say: Say) -> None:
    wan.viewers_may("no-udp")

    seen = play(viewer, "player.html?path=webcam")

    pair = viewer.stats["pair"]
    say(f"no-udp: {pair}, first frame {seen['firstFrameMs']} ms")
    # where a relay over TCP answers before Chromium looks for candidates over TCP, it looks for none: a matter of ms
    assert "-> host tcp" in pair or "relay udp tcp" in pair


def test_viewer_with_nothing_but_https_plays_low_latency_hls(viewer: Viewer, say: Say) -> None:
    wan.viewers_may("https-only")

    seen = play(viewer, "hls.html?path=webcam")

    say(f"https-only: {seen['transport']}, first frame {seen['firstFrameMs']} ms, latency {seen['latencyMs']} ms")
    assert seen["transport"] == "ll-hls"


def test_certificates_are_renewed_while_somebody_watches(viewer: Viewer, staging: Lab, say: Say) -> None:
    """Over TURN and TLS: the servers of both renewed certificates are what the viewer came by."""
    wan.viewers_may("turns-only")
    watched = play(viewer, "player.html?path=webcam")
    assert watched["relayProtocol"] == "tls"
    before = serials(staging)

    staging.run("wan-media", RENEW_AT_CADDY)
    staging.run("wan-turn", RENEW_AT_CERTBOT)
    old = {*before.values(), ""}
    after = until(lambda now: not set(now.values()) & old, lambda: serials(staging), 60, 1)
    assert not set(after.values()) & old, f"not all of {before} were replaced: {after}"
    decodes_more(viewer, 90)

    stats = viewer.stats
    say(f"serials {before} -> {after}; freezes: {watched['freezes']} -> {stats['freezes']}")
    assert stats["pair"] == watched["pair"], "the connection is another one"
    assert len(viewer.session_urls()) == 1
    assert "reconnecting" not in {entry["state"] for entry in viewer.history}
    assert play(viewer, "player.html?path=webcam")["relayProtocol"] == "tls", "newcomers get in as well"


# Caddy looks after a certificate every ten minutes, too seldom for a test, and whenever it takes one out of its
# storage. So it is told there that the authority wants it renewed (RFC 9773), and made to take it out: by a
# configuration that serves the same certificate as a file, and then its own again. The renewal itself is Caddy's,
# nothing is restarted.
RENEW_AT_CADDY = r"""
set -eu
cd /var/lib/envivo/caddy/caddy/certificates/*/media.envivo.test
sed -i -E 's/"(start|end|_selectedTime)": "[^"]*"/"\1": "2026-01-01T00:00:00Z"/' media.envivo.test.json
pair=/data/${PWD#/var/lib/envivo/caddy/}/media.envivo.test
with_files=/etc/envivo/caddy/renewal.test
trap 'rm $with_files' EXIT
sed "s|^media.envivo.test {|&\n\ttls $pair.crt $pair.key|" /etc/envivo/caddy/Caddyfile >$with_files
for config in renewal.test Caddyfile; do
	docker exec envivo-web-1 /usr/bin/caddy reload --force --config /etc/caddy/$config --adapter caddyfile \
		--address unix//run/caddy/admin.sock
done
"""

# What its timer does, with a certificate that is due.
RENEW_AT_CERTBOT = """
set -eu
file=/etc/letsencrypt/renewal/turn.envivo.test.conf
sed -i '1i renew_before_expiry = 9999 days' $file
systemctl start certbot.service
sed -i '/^renew_before_expiry/d' $file
"""


def serials(lab: Lab) -> dict[str, str]:
    """Of what each server shows."""
    places = {"443": "media", "1936": "media", "8322": "media", "5349": "turn"}
    shown = (
        "echo | openssl s_client -connect {name}:{port} -servername {name} 2>/dev/null | openssl x509 -noout -serial"
    )
    lines = [f"echo {port} $({shown.format(name=f'{one}.envivo.test', port=port)})" for port, one in places.items()]
    said = lab.run(lab.media, "; ".join(lines)).stdout
    return {port: serial for port, _, serial in (line.partition(" ") for line in said.splitlines())}


OPEN = {"198.51.100.10": {22, 80, 443, 1936, 8189, 8322}, "198.51.100.11": {22, 3478, 5349}}


@pytest.mark.proof
@pytest.mark.timeout(patient(300))
@pytest.mark.usefixtures("staging")
def test_stranger_finds_no_other_port_open() -> None:
    """Of all that there are, from a network that has nothing to do with the system. SSH is the inventory's."""

    def scan(address: str) -> set[int]:
        command = ["docker", "exec", "-i", "wan-stranger", "python3", "-", address, str(patient(3))]
        scanned = subprocess.run(
            command, input=SCAN, capture_output=True, text=True, timeout=patient(200), check=True
        )  # fmt: skip
        return {int(port) for port in scanned.stdout.split()}

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(scan, OPEN))
    assert dict(zip(OPEN, found, strict=True)) == OPEN


SCAN = """
import asyncio, sys

async def main(address, patience_s):
    gate = asyncio.Semaphore(300)

    async def is_open(port):
        async with gate:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), patience_s)
            except (OSError, TimeoutError):
                return None
            writer.close()
            return port

    found = await asyncio.gather(*map(is_open, range(1, 65536)))
    print(*[port for port in found if port])

asyncio.run(main(sys.argv[1], float(sys.argv[2])))
"""
