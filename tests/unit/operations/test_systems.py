"""Systems that envivo was never run on: which may be tried, and what is looked up on them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from envivo.core.problems import Problem
from envivo.operations.apt import Offered
from envivo.operations.preflight import HostFacts, HostReport, parse, violations
from envivo.roles.base.role import SYSTEMD
from envivo.roles.docker.settings import ELSEWHERE, LEAST, PACKAGES
from envivo.state.systems import Offers, System, choose, never_tried, reaches, system_problem
from tests.unit.operations.programs import Programs
from tests.unit.operations.shell import lines

TRIXIE = ("debian-13",)
SYSTEMS = {
    "ubuntu": System("ubuntu-24.04", ("ubuntu", "debian"), "Ubuntu 24.04.3 LTS"),
    "raspbian": System("raspbian-12", ("raspbian", "debian"), "Raspbian GNU/Linux 12 (bookworm)"),
    "mint": System("linuxmint-22", ("linuxmint", "ubuntu", "debian"), "Linux Mint 22"),
    "elementary": System("elementary-8", ("elementary", "ubuntu"), "elementary OS 8"),
    "devuan": System("devuan-6", ("devuan", "debian"), "Devuan GNU/Linux 6"),
    "debian 14": System("debian-14", ("debian",), "Debian GNU/Linux 14 (forky)"),
    "debian sid": System("debian-", ("debian",), "Debian GNU/Linux forky/sid"),
}
OTHERS = {
    "fedora": System("fedora-42", ("fedora",), "Fedora Linux 42"),
    "alpine": System("alpine-3.22.1", ("alpine",), "Alpine Linux v3.22"),
    "rocky": System("rocky-9.6", ("rocky", "rhel", "centos", "fedora"), "Rocky Linux 9.6"),
    "no os-release": System("-", (), ""),
    "nothing": System(),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_system_like_debian_is_refused_until_the_settings_let_it_be_tried(name: str) -> None:
    system = SYSTEMS[name]
    assert system_problem(system, TRIXIE, untested=False) == Problem(
        "", f"the system is {system.name}", 'must be debian-13, or try it, untested: base={"untested_system": True}'
    )
    assert system_problem(system, TRIXIE, untested=True) is None


@pytest.mark.parametrize("name", OTHERS)
def test_other_system_is_refused_in_any_case(name: str) -> None:
    system = OTHERS[name]
    what = f"the system is {system.name or 'unknown'}"
    assert system_problem(system, TRIXIE, untested=False) == Problem("", what, "must be debian-13")
    why = "must be debian-13: base.untested_system is for systems that are like Debian, with its packages"
    assert system_problem(system, TRIXIE, untested=True) == Problem("", what, why)


@pytest.mark.parametrize("untested", [True, False])
def test_tested_system_is_taken_either_way(untested: bool) -> None:
    assert system_problem(System("debian-13", ("debian",)), TRIXIE, untested) is None


def test_host_says_what_it_is_like() -> None:
    seen = parse(["os ubuntu-24.04", "like ubuntu debian", "title Ubuntu 24.04.3 LTS"])
    assert seen.system == SYSTEMS["ubuntu"]
    here = parse(lines(HostReport().command("envivo", {}, [], []))).system
    assert here.name.startswith(here.like[0]) and here.title

    good = HostFacts(systemd=True, root=True, os="ubuntu-24.04", like=("ubuntu", "debian"), free={"/": 5000})
    assert violations(good, (), TRIXIE, True, {}, {}, untested=True) == []
    (said,) = violations(replace(good, systemd=False), (), TRIXIE, True, {}, {}, untested=True)
    assert said.message == "systemd is not running"


UBUNTU = {  # Ubuntu 24.04 with its updates
    "docker.io": "28.2.2-0ubuntu1~24.04.1",
    "docker-compose": "1.29.2-6",
    "docker-compose-v2": "2.37.1+ds1-0ubuntu2~24.04.1",
    "iptables": "1.8.10-3ubuntu2",
}
DOCKER = ["docker.io", "docker-cli", "docker-compose", "iptables"]
ANOTHER = "install Docker's own packages (https://docs.docker.com/engine/install) and deploy again"
NEEDS = {"systemd": SYSTEMD, **LEAST}


@pytest.mark.parametrize(
    ("missing", "offers", "install", "found"),
    [
        (DOCKER, Offers({"systemd": "255"}, UBUNTU),
         {"docker.io": "docker.io", "docker-cli": "docker.io", "docker-compose": "docker-compose-v2",
          "iptables": "iptables"}, []),
        # Debian's own names, where they are offered
        (DOCKER, Offers({"systemd": "259"}, {"docker.io": "27.5.1+dfsg4-1", "docker-cli": "27.5.1+dfsg4-1",
                                             "docker-compose": "2.32.4-3", "iptables": "1.8.11-2"}),
         {name: name for name in DOCKER}, []),
        # Debian 12 and its derivatives
        (DOCKER, Offers({"systemd": "252"}, {"docker.io": "20.10.24+dfsg1-1", "docker-compose": "1.29.2-3",
                                             "iptables": "1.8.9-2"}),
         {"docker.io": "docker.io", "docker-cli": "docker.io", "docker-compose": "docker-compose",
          "iptables": "iptables"},
         [f"docker.io is 20.10.24+dfsg1-1: at least 26.1 is needed: {ANOTHER}",
          f"docker-compose is 1.29.2-3: at least 2.26 is needed: {ANOTHER}"]),
        # Docker's own packages are there already
        ([], Offers({"systemd": "255", "docker.io": "28.4.0", "docker-compose": "v2.39.2"}), {}, []),
        ([], Offers({"systemd": "247", "docker.io": "20.10.5", "docker-compose": "2.26.1"}), {},
         ["systemd is 247: at least 252 is needed: upgrade the system",
          f"docker.io is 20.10.5: at least 26.1 is needed: {ANOTHER}"]),
        ([], Offers({"systemd": "255", "docker.io": "28.4.0"}), {},
         [f"docker-compose is of an unknown version: at least 2.26 is needed: {ANOTHER}"]),
        # no lists of packages yet
        (["curl", "gstreamer1.0-rtsp"],
         Offers({"systemd": "255", "docker.io": "28.4.0", "docker-compose": "2.39.2"}), {},
         ["apt offers no package curl, gstreamer1.0-rtsp: apt-get update on the host, and deploy again"]),
    ],
)  # fmt: skip
def test_names_and_versions_of_packages_are_looked_up(
    missing: list[str], offers: Offers, install: dict[str, str], found: list[str]
) -> None:
    choice = choose(missing, ELSEWHERE, NEEDS, offers)

    assert choice.install == install
    assert list(map(str, choice.problems)) == found


def test_every_package_with_another_name_or_a_least_version_is_one_that_is_needed() -> None:
    assert {*ELSEWHERE, *LEAST} <= set(PACKAGES)


@pytest.mark.parametrize(
    ("version", "least", "enough"),
    [
        ("26.1.5+dfsg1-9", "26.1", True),
        ("5:28.0.1-1~ubuntu.24.04~noble", "26.1", True),
        ("v2.26.1", "2.26", True),
        ("2.9", "2.26", False),
        ("26", "26.1", False),
        ("", "1", False),
        ("unknown", "1", False),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, least: str, enough: bool) -> None:
    assert reaches(version, least) is enough


def test_this_host_says_what_apt_offers_and_what_is_there() -> None:
    asked = {"systemd": "systemctl --version | awk 'NR == 1 { print $2 }'", "none": "true"}
    seen = Offered().process(lines(Offered().command(["dpkg", "no-such-package-anywhere"], asked)))

    assert set(seen.apt) == {"dpkg"} and reaches(seen.apt["dpkg"], "1.21")
    assert set(seen.there) == {"systemd"}


@pytest.mark.parametrize(("lists", "updates"), [("echo /var/lib/apt/lists/x_Packages", 0), ("", 1)])
def test_host_without_lists_of_packages_is_asked_all_the_same_and_left_unchanged(
    tmp_path: Path, lists: str, updates: int
) -> None:
    programs = Programs(tmp_path)
    programs.add("find", lists)
    programs.add("apt-get")
    programs.add("apt-cache", r"printf 'curl:\n  Candidate: 8.5.0-2\n'")

    seen = Offered().process(lines(Offered().command(["curl"], {}), PATH=programs.path, TMPDIR=str(tmp_path)))

    assert seen.apt == {"curl": "8.5.0-2"}
    calls = [call for call in programs.calls if call.startswith("apt")]
    apart = [re.findall(r"Dir::State::Lists=(\S+)", call) for call in calls]
    assert len([call for call in calls if "update" in call]) == updates
    if updates:
        assert len(apart) == 2 and apart[0] == apart[1] != [] and apart[0][0].startswith(str(tmp_path))
        assert not Path(apart[0][0]).exists()


def test_answer_of_apt_is_read() -> None:
    said = """there docker.io 28.2.2
there x
docker-cli:
  Installed: (none)
  Candidate: (none)
  Version table:
curl:
  Installed: 8.5.0-2
  Candidate: 8.5.0-2ubuntu10.6
  Version table:
 *** 8.5.0-2ubuntu10.6 500
        500 http://archive.ubuntu.com/ubuntu noble/main amd64 Packages"""
    assert Offered().process(said.splitlines()) == Offers({"docker.io": "28.2.2"}, {"curl": "8.5.0-2ubuntu10.6"})


def test_warning_says_what_was_never_tried_and_what_was_looked_up() -> None:
    assert never_tried(SYSTEMS["ubuntu"], TRIXIE, {"systemd": "255", "docker.io": "28.2.2"}) == (
        "envivo was never run on ubuntu-24.04 ('Ubuntu 24.04.3 LTS'), only on debian-13: "
        "names and versions of packages were looked up (systemd 255, docker.io 28.2.2), nothing else"
    )
    assert never_tried(System("x-1"), ("debian-12", "debian-13")) == (
        "envivo was never run on x-1, only on debian-12 and debian-13"
    )
