"""Changes by hand, one at a time: `envivo plan` names that one, a deploy repairs it and restarts nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import pytest

from tests.e2e.lab import Lab, SettingsOf
from tests.patience import patient, until

pytestmark = [pytest.mark.proof, pytest.mark.timeout(patient(300))]

HOST = "media.envivo.test"
YML = "/etc/envivo/mediamtx/mediamtx.yml"
PAGE = "/opt/envivo/player/player.html"
AGENT = "envivo-agent@webcam.service"
AGENTS = "/etc/systemd/system/envivo-agent@.service"
KEY = "/etc/envivo/tls/server.key"
DROP_IN = f"/etc/systemd/system/{AGENT}.d"
IMAGE = "$(docker inspect -f '{{.Image}}' envivo-web-1)"
HELD = "systemctl kill -s STOP envivo-stack"
"""What it restarts within a second would be back before a plan could see that it is gone."""
RELEASED = "systemctl kill -s CONT envivo-stack"
STARTED = f"""
systemctl show --timestamp=us -p Id,ActiveEnterTimestamp {AGENT} envivo-stack envivo-limits envivo-bans coturn docker \
envivo-retention.timer envivo-certificates.path var-lib-envivo-shown.mount |
awk -F= '/^Id/ {{ id = $2 }} /^Active/ {{ at = $2 }} /^$/ {{ print id "=" at }} END {{ print id "=" at }}'
docker ps -q | xargs docker inspect -f '{{{{.Name}}}}={{{{.State.StartedAt}}}}'
"""


@dataclass(frozen=True)
class Change:
    how: str
    """Command on the host."""
    named: tuple[str, ...] = ()
    """What `plan` says of it and of what follows; patterns."""
    alone: str = ""
    """What `plan` says is left alone."""
    restarts: tuple[str, ...] = ()
    """What a deploy has to restart."""
    after: str = "true"
    """Command that ends it where a deploy does not."""


TWELVE = {
    "an edited file": Change(f"sed -i 's/^readTimeout: .*/readTimeout: 33s/' {YML}", (f"{YML} has other content",)),
    "a mode": Change("chmod 644 /etc/envivo/monitor.curl", ("/etc/envivo/monitor.curl has mode 644 instead of 600",)),
    "an owner": Change(f"chown nobody {AGENTS}", (f"{AGENTS} has owner nobody instead of root",)),
    "a deleted file": Change(f"rm {PAGE}", (f"{PAGE} is missing",)),
    "a stopped unit": Change(f"systemctl stop {AGENT}", (f"{AGENT} does not run",), restarts=(AGENT,)),
    "a disabled unit": Change(
        "systemctl disable envivo-retention.timer", ("envivo-retention.timer does not start at boot",)
    ),
    "a removed container": Change(
        f"{HELD}; docker rm -f envivo-web-1",
        ("the container caddy is not there",),
        restarts=("/envivo-web-1",),
        after=RELEASED,
    ),
    "an extra container": Change(
        f"docker create --name foreign --label com.docker.compose.project=envivo {IMAGE}",
        alone="the container foreign",
        after="docker rm foreign",
    ),
    "a removed package": Change("dpkg -r --force-depends curl", ("curl is not installed",)),
    "a removed account": Change(
        f"systemctl stop {AGENT}; userdel envivo-agent",
        (
            "the account envivo-agent is missing",
            "/etc/envivo/agent* has group [0-9]* instead of envivo-agent",
            f"{AGENT} does not run",
        ),
        restarts=(AGENT,),
    ),
    "a kernel setting": Change(
        "sysctl -w net.ipv4.ip_unprivileged_port_start=1024",
        ("net.ipv4.ip_unprivileged_port_start is 1024 instead of 80",),
    ),
    "a foreign file": Change(
        "touch /etc/envivo/notes.txt", alone="/etc/envivo/notes.txt", after="rm /etc/envivo/notes.txt"
    ),
}
MORE = {
    "a link in place of a file": Change(
        f"mv {PAGE} /root/; ln -s /root/player.html {PAGE}", (f"{PAGE} is a symbolic link",)
    ),
    "a link in place of a configuration": Change(
        f"cp -p {YML} /root/; ln -sf /root/mediamtx.yml {YML}", (f"{YML} is a symbolic link",)
    ),
    "an empty directory in place of a file": Change(f"rm {PAGE}; mkdir {PAGE}", (f"{PAGE} is not a file",)),
    "a link among the pages": Change(
        "ln -s /etc/shadow /opt/envivo/player/a.txt", ("/opt/envivo/player/a.txt does not belong there",)
    ),
    "a key that everybody may read": Change(f"chmod 644 {KEY}", (f"{KEY} has mode 644 instead of 640",)),
    "a mode of a configuration": Change(f"chmod 644 {YML}", (f"{YML} has mode 644 instead of 640",)),
    "a mask until the next boot": Change(
        f"systemctl mask -q --runtime --now {AGENT}",
        (f"{AGENT} is masked", f"{AGENT} does not run", f"{AGENT} does not start at boot"),
        restarts=(AGENT,),
    ),
    "a paused container": Change(
        f"{HELD}; docker pause envivo-web-1", ("the container caddy is paused",), after=RELEASED
    ),
    "a rule of the firewall": Change(
        "nft insert rule inet envivo_media input accept",
        ("envivo-limits.service is no longer in effect",),
        restarts=("envivo-limits.service",),
    ),
    "a login shell": Change(
        "usermod -s /bin/bash envivo", ("the account envivo has the shell /bin/bash instead of /usr/sbin/nologin",)
    ),
    "a group that an account left": Change(
        "gpasswd -d envivo-agent video", ("the account envivo-agent is not in the group video",)
    ),
    "a group that an account joined": Change(
        "usermod -aG adm envivo-agent",
        alone="the account envivo-agent in the group adm",
        after="gpasswd -d envivo-agent adm",
    ),
    "a hidden file": Change("touch /etc/envivo/.notes", alone="/etc/envivo/.notes", after="rm /etc/envivo/.notes"),
    "a drop-in of a unit": Change(
        f"mkdir {DROP_IN}; printf '[Service]\\nNice=1\\n' >{DROP_IN}/override.conf; systemctl daemon-reload",
        alone=f"{DROP_IN}/override.conf",
        after=f"rm -r {DROP_IN}; systemctl daemon-reload",
    ),
}


@pytest.fixture(scope="module")
def lab(spare: Lab) -> Lab:
    """One host with all of staging."""
    (address,) = spare.hosts.values()
    spare.run(spare.media, f"grep -q {HOST} /etc/hosts || echo {address} {HOST} >>/etc/hosts")
    staging = replace(spare, env="staging")
    staging.deploy()
    return staging


def started(lab: Lab) -> dict[str, str]:
    """Units and containers, and since when they run."""
    lines = lab.run(lab.media, STARTED).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def planned(lab: Lab, *options: str) -> tuple[int, list[str], list[str]]:
    """Exit code, differences with their origin, what is left alone."""
    done = lab.envivo("plan", lab.env, "--json", *options)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    row = json.loads(done.stdout)["plan"][lab.media]
    return (
        done.returncode,
        [
            f"{one['subject']} {one['what']}, {one['origin']}"
            for part in row["operations"]
            for one in part["differences"]
        ],
        row["left_alone"],
    )


def drifted(lab: Lab) -> list[str]:
    """As `status` has it."""
    done = lab.envivo("status", lab.env, *lab.group_data(), "--json")
    files: list[str] = json.loads(done.stdout)["hosts"][lab.media]["drift"]
    return files


def other(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    return {name for name, at in now.items() if at != before.get(name)}


@pytest.mark.parametrize("change", [*TWELVE.values(), *MORE.values()], ids=[*TWELVE, *MORE])
def test_plan_names_the_change_and_a_deploy_repairs_nothing_else(lab: Lab, change: Change) -> None:
    before = started(lab)
    lab.run(lab.media, change.how)
    try:
        code, named, alone = planned(lab)
        lab.deploy()
        now = started(lab)
    finally:
        lab.run(lab.media, change.after)

    patterns = [f"{pattern}, host" for pattern in change.named]
    assert all(any(fnmatchcase(said, pattern) for pattern in patterns) for said in named), named
    assert all(any(fnmatchcase(said, pattern) for said in named) for pattern in patterns), named
    assert (code, alone) == (3 if change.named else 0, [change.alone] if change.alone else [])
    assert other(before, now) <= set(change.restarts), "something else was restarted"
    assert until(lambda seen: seen == (0, [], []), lambda: planned(lab), 20), planned(lab)


def test_directory_with_something_in_it_is_refused_and_stays(lab: Lab) -> None:
    lab.run(lab.media, f"rm {PAGE}; mkdir {PAGE}; touch {PAGE}/theirs")
    try:
        done = lab.envivo("plan", lab.env)
        deployed = lab.pyinfra(f"inventories/{lab.env}.py", "deploy.py", "-y")
        there = lab.run(lab.media, f"ls {PAGE}").stdout
    finally:
        lab.run(lab.media, f"rm -r {PAGE}")

    words = f"{PAGE}: is a directory with content, but must be a file: check its content, then move it away"
    assert done.returncode == 1 and words in done.stdout
    assert deployed.returncode == 1 and words in deployed.stderr
    assert there == "theirs\n"
    lab.deploy()


def test_change_of_settings_is_told_from_a_change_by_hand(lab: Lab, settings_of: SettingsOf) -> None:
    last = replace(lab, env="lab", settings=settings_of())
    last.deploy()
    last.run(lab.media, f"echo >>{PAGE}; sed -i 's/^readTimeout: .*/readTimeout: 33s/' {YML}")
    settings_of(cameras={"webcam": {"source": "test", "bitrate_kbps": 900}}, mediamtx={"hls": {"segment_count": 9}})
    code, named, _ = planned(last, *last.group_data())
    drift = drifted(last)
    last.deploy()

    assert code == 3
    assert set(named) == {
        f"{PAGE} has other content, host",
        f"{YML} has other content, both",
        "/etc/envivo/agent/webcam.json has other content, settings",
    }
    assert set(drift) == {PAGE, YML}
    assert drifted(last) == []
