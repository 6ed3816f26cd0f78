"""A host as people have them at home: it says that it is Ubuntu, which cannot be had here, other programs listen on it,
its address has a name and changes, and a proxy of the owner's, a real Caddy, ends TLS in front of it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from envivo.core.paths import PROJECT as ROOT
from envivo.probes import whep
from tests.e2e.disguise import UBUNTU, disguised
from tests.e2e.lab import BIN, LONGEST_S, Lab, SettingsOf
from tests.patience import patient, until
from tests.unit.settings.pairs import authority

pytestmark = pytest.mark.proof

WARNING = "envivo was never run on ubuntu-24.04 ('Ubuntu 24.04.3 LTS'), only on debian-13"
PAGE, HOME = "video.envivo.test", "home.envivo.test"
OUTER = """
{
	admin off
	auto_https disable_redirects
	skip_install_trust
	pki {
		ca own {
			root {
				format pem_file
				cert ROOT
				key KEY
			}
		}
	}
}
https://video.envivo.test {
	bind 127.0.0.1
	tls {
		issuer internal {
			ca own
		}
	}
	reverse_proxy INNER:8080
}
"""
LISTENER = r"""
import ctypes, socket, time
ctypes.CDLL(None).prctl(15, b"avahi-daemon", 0, 0, 0)
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
sockets[0].bind(("", 5353))
sockets[1].bind(("", 0))
time.sleep(3600)
"""


def test_untested_system_is_deployed_to_with_a_warning(bare_spare: Lab, settings_of: SettingsOf) -> None:
    lab = bare_spare.with_settings(settings_of(base={"untested_system": True}))
    with disguised(lab, lab.media, UBUNTU):
        done = lab.pyinfra("inventories/lab.py", "deploy.py", "-y", *lab.group_data())
        assert done.returncode == 0, done.stderr
        verified = lab.verified("--json")
    assert done.stderr.count(WARNING) == 1
    assert verified.stdout.count(WARNING) == 1


def test_programs_of_others_are_findings_until_they_are_named(bare_spare: Lab, settings_of: SettingsOf) -> None:
    lab = bare_spare
    lab.run(lab.media, "cat >/run/other.py; systemd-run -q --unit other python3 /run/other.py", stdin=LISTENER)
    try:
        seen = "ss -Hlntup | grep -c avahi-daemon"
        assert until(lambda number: number == "2", lambda: lab.run(lab.media, seen, check=False).stdout.strip(), 10)
        found = json.loads(lab.verify("--json").stdout)["findings"]
        assert [finding["code"] for finding in found] == ["port-undeclared"] * 2
        assert {finding["fix"].partition("base=")[2] for finding in found} == {
            '{"other_ports": ["5353/udp"]}', '{"other_programs": ["avahi-daemon"]}'
        }  # fmt: skip
        lab.with_settings(settings_of(base={"other_programs": ["avahi-daemon"]})).verified()
    finally:
        lab.run(lab.media, "systemctl stop other; rm /run/other.py")


@contextmanager
def proxy(directory: Path, inner: str) -> Iterator[None]:
    """On this machine's loopback, at port 443."""
    sys.path[:0] = [str(ROOT / "tests" / "bench")]
    from image_program import image_program

    ours = authority()
    values = {"ROOT": f"{directory}/root.pem", "KEY": f"{directory}/key.pem", "INNER": inner}
    (directory / "root.pem").write_text(ours.certificate)
    (directory / "key.pem").write_text(ours.key)
    (directory / "Caddyfile").write_text(re.sub("|".join(values), lambda found: values[found[0]], OUTER))
    environ = {"XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory), "HOME": str(directory)}
    (directory / "program").mkdir()
    argv = [str(image_program("caddy", directory / "program")), "run", "--config", str(directory / "Caddyfile")]
    with (directory / "log").open("wb") as said:
        process = subprocess.Popen([*argv, "--adapter", "caddyfile"], stdout=said, stderr=said, env=environ)
    try:
        yield
    finally:
        process.terminate()
        process.wait(patient(15))


def resolving(directory: Path, **names: str) -> list[str]:
    """Begins a command line whose program resolves these names so, whatever this machine does."""
    hosts = directory / "hosts"
    lines = [f"{address} {name.replace('_', '.')}" for name, address in names.items()]
    hosts.write_text("\n".join(["127.0.0.1 localhost", *lines, ""]))
    return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts)]


def offered(lab: Lab) -> set[str]:
    """Addresses that MediaMTX offers for media, asked on the host itself past Caddy."""
    ask = "curl -s -X POST -H 'Content-Type: application/sdp' --data-binary @- http://127.0.0.1:8889/webcam/whep"
    answer = lab.run(lab.media, ask, stdin=whep.offer()).stdout
    return set(re.findall(r"a=candidate:\S+ \d udp \d+ (\S+)", answer))


def says(lab: Lab, address: str) -> None:
    """What the host's resolver answers from now on; nothing for an empty address."""
    line = f"; echo '{address} {HOME}' >>/etc/hosts" if address else ""
    lab.run(lab.media, f"sed '/{HOME}/d' /etc/hosts >/run/hosts; cat /run/hosts >/etc/hosts{line}")


def test_page_behind_a_proxy_of_a_host_whose_address_changes(
    bare_spare: Lab, settings_of: SettingsOf, tmp_path: Path
) -> None:
    address, media = bare_spare.hosts[bare_spare.media], bare_spare.media
    here = bare_spare.run(media, "echo ${SSH_CONNECTION%% *}").stdout.strip()
    says(bare_spare, address)
    more = {"domain": PAGE, "trusted_proxies": [here], "tls": {"root": authority().certificate}}
    lab = bare_spare.with_settings(settings_of(public_address=HOME, web=more))
    lab.deploy()
    assert lab.deploy() == {}
    where = resolving(tmp_path, video_envivo_test="127.0.0.1", home_envivo_test=address)

    def verify() -> dict[str, object]:
        command = [*where, str(BIN / "envivo"), "verify", lab.env, *lab.group_data(), "--json"]
        done = subprocess.run(command, cwd=ROOT, env=lab.environ, capture_output=True, text=True, timeout=LONGEST_S,
                              check=False)  # fmt: skip
        found: dict[str, object] = json.loads(done.stdout)
        return found

    with proxy(tmp_path, address):
        found = until(lambda found: bool(found["ok"]), verify, 60, 0)
        assert found["ok"], found["findings"]
        assert f"{HOME} is {address}" in json.dumps(found["checks"])

        # past the proxy, from an address that is none of its
        past = f"curl -s -o /dev/null -w '%{{http_code}}' http://{address}:8080/web/"
        assert lab.run(media, past).stdout == "403"
        assert requests.get(f"http://{address}:8080/web/", timeout=patient(5)).status_code == 200  # from `here`

        assert offered(lab) == {address}
        says(lab, "198.51.100.77")
        assert until(lambda seen: seen == {"198.51.100.77"}, lambda: offered(lab), 60, 1) == {"198.51.100.77"}
        says(lab, "")
        unresolved = until(lambda found: not found["ok"], verify, 60, 0)
        assert "address-unresolved" in json.dumps(unresolved["findings"])
        assert offered(lab) == {"198.51.100.77"}  # what it was
        says(lab, address)
        assert until(lambda seen: seen == {address}, lambda: offered(lab), 60, 1) == {address}
    # back to a host without all this: nothing of it is left
    plain = bare_spare.with_settings(settings_of())
    plain.deploy()
    assert lab.run(media, "ls /opt/envivo/address/mediamtx /var/lib/envivo/address/mediamtx", check=False).stdout == ""
    plain.verified()
