"""What each role shows of a host that answers so."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from envivo.orchestration.environment import environment
from envivo.orchestration.overview import arranged
from envivo.orchestration.target import Place
from envivo.roles.camera.diagnose import CONTROLS
from envivo.state.release import KeptFile, Release
from envivo.status.rows import PATHS
from envivo.verify.findings import Finding
from tests.unit.overview.hosts import codes, placed, rows, said
from tests.unit.settings.environments import DOMAIN, PASSWORD, THREE_MACHINES, drafted, filled_in

PUBLISHER = {"user": "x", "password": PASSWORD}
HOSTS = {"media1": ["media"], "cam1": ["cameras"]}
LAB = drafted(
    mediamtx={"paths": {"obs": {"publisher": PUBLISHER, "expected": True}, "phone": {"publisher": PUBLISHER}}},
    cameras={"webcam": {"host": "cam1", "fps": 30, "keyframe_interval_ms": 300}},
)
NOW = int(datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp())
LIVE = {"state": "live", "since": "2026-11-30T11:00:00.000Z", "configuration_written": "7", "fps": 29.8,
        "bitrate_kbps": 2500, "encoder": "x264enc", "restarts": {"camera": 2, "server": 0}}  # fmt: skip
ABSENT = "/dev/video7 does not exist: plug the camera in, or fix the name"


def agent(active: str = "active", **status: Any) -> list[Any]:
    line = f"{active} 7 {json.dumps({**LIVE, **status})}"
    return said(placed(LAB, HOSTS)["cam1"], "camera", f"{NOW}\n{line}\n")


def test_a_live_agent_says_what_it_publishes_and_how_often_it_began_anew() -> None:
    own, path = rows(agent())
    assert own.cells == {
        "host": "cam1", "state": "live", "for": "1 h 0 min", "encoder": "x264enc", "fps": "30 of 30", "kbit/s": "2500",
        "restarts": "2 camera",
    }  # fmt: skip
    assert own.data["restarts"] == {"camera": 2}
    assert (path.section, path.cells) == (PATHS, {"fps": "30", "key frames": "every 300 ms"})
    assert codes(agent()) == []


def test_a_rate_that_was_not_measured_for_long_enough_is_no_fault() -> None:
    said = agent(fps=None, bitrate_kbps=None)
    assert codes(said) == []
    own, path = rows(said)
    assert (own.mood, own.cells["fps"], own.cells["kbit/s"]) == ("good", "measuring", "measuring")
    assert (path.cells["fps"], path.data["fps"]) == ("measuring", None)


def test_an_ip_camera_is_expected_to_give_what_it_announces() -> None:
    found = agent(fps=11.9, wanted_fps=12, keyframe_interval_ms=4000, encoder="")
    own, path = rows(found)
    assert (own.cells["fps"], own.cells["encoder"], codes(found)) == ("12 of 12", "", [])
    assert path.cells["key frames"] == "every 4000 ms"
    before = rows(agent(fps=11.9, wanted_fps=12, keyframe_interval_ms=None, encoder=""))[1]
    assert (before.cells["key frames"], before.data["keyframe_interval_ms"]) == ("measuring", None)
    slow = agent(fps=5.0, wanted_fps=12, encoder="")
    assert codes(slow) == ["frames-missing"]


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        ({"state": "waiting-camera", "last_error": ABSENT, "fps": 0}, "agent-not-live",
         "its agent does not publish (/dev/video7 does not exist): plug the camera in, or fix the name"),
        ({"state": "connecting", "fps": 0}, "agent-not-live",
         "its agent does not publish (connecting): envivo camera diagnose ENV webcam"),
        ({"fps": 12.0}, "frames-missing", "its agent publishes 12 of 30 frames a second: "
         "envivo camera diagnose ENV webcam shows where they are lost"),
        ({"controls": ["gain: takes 0 to 255, is 300"]}, "control-not-in-force",
         f"gain: takes 0 to 255, is 300: {CONTROLS}"),
    ],
    ids=["camera absent", "connecting", "slow", "control refused"],
)  # fmt: skip
def test_an_agent_that_does_not_do_its_work_is_a_finding(status: dict[str, Any], code: str, text: str) -> None:
    (finding,) = [item for item in agent(**status) if isinstance(item, Finding)]
    assert (finding.code, str(finding)) == (code, f"cam1: webcam: {text}")


def test_what_an_agent_said_before_its_newest_configuration_does_not_count() -> None:
    (row,) = agent(configuration_written="6", state="waiting-camera")
    assert (row.mood, row.cells["says"]) == ("idle", "has not read its newest configuration yet")


def test_an_agent_that_is_not_active_is_bad_and_its_unit_says_why() -> None:
    (row,) = agent("failed")
    assert (row.mood, row.cells["state"]) == ("bad", "failed")


def answers(paths: dict[str, dict[str, Any]], later: dict[str, int] | None = None, **lists: Any) -> str:
    """Of MediaMTX; `later`: bytes that have arrived two seconds after."""
    nobody: dict[str, Any] = {"online": False, "source": None, "tracks2": [], "inboundBytes": 0, "onlineTime": None}
    listed = {name: {"name": name, **nobody, **paths.get(name, {})} for name in ("webcam", "obs", "phone")}
    after = [{**path, "inboundBytes": (later or {}).get(name, path["inboundBytes"])} for name, path in listed.items()]
    kinds = ("rtspsessions", "rtspssessions", "rtmpconns", "rtmpsconns", "webrtcsessions", "hlssessions")
    more = [json.dumps({"items": lists[kind]}) if kind in lists else "404 page not found" for kind in kinds]
    first = [json.dumps({"version": "v1.20.1"}), json.dumps({"items": list(listed.values())}), *more]
    return "\n".join([f"{NOW}.5", *first, f"{NOW + 2}.5", json.dumps({"items": after})]) + "\n"


H264 = {"codec": "H264", "codecProps": {"width": 1280, "height": 720}}
OBS = {"online": True, "source": {"type": "rtmpConn", "id": "p"}, "onlineTime": "2026-11-30T11:59:00Z",
       "tracks2": [{"codec": "Opus", "codecProps": {"channelCount": 2}}, H264], "inboundBytes": 1000}  # fmt: skip


def session(id_: str, state: str, address: str, **more: object) -> dict[str, object]:
    known = {"created": "2026-11-30T11:59:30Z", "user": "", "userAgent": "x", "path": "obs", "outboundBytes": 1}
    return {"id": id_, "state": state, "remoteAddr": address, **known, **more}


SESSIONS: dict[str, Any] = {
    "rtmpconns": [session("p", "publish", "10.0.0.5:4000")],
    "webrtcsessions": [session("a", "read", "10.0.0.6:1"), session("b", "read", "[2001:db8::1]:2")],
    "hlssessions": [session("c", "", "127.0.0.1:1")],
}


def media(answer: str, disk: str = "") -> list[Any]:
    return said(placed(LAB, HOSTS)["media1"], "media", answer, disk)


def test_a_live_path_has_its_publisher_streams_bit_rate_and_viewers() -> None:
    found = {row.name: row for row in rows(media(answers({"obs": OBS}, {"obs": 501000}, **SESSIONS)))}
    assert found["obs"].cells == {
        "viewers": "2 WebRTC, 1 HLS", "state": "live", "for": "1 min", "publisher": "10.0.0.5 over RTMP",
        "video": "H264", "size": "1280x720", "sound": "Opus", "kbit/s": "2000",
    }  # fmt: skip
    assert [found[name].mood for name in ("obs", "phone", "webcam")] == ["good", "idle", "bad"]


def test_the_bit_rate_of_a_publisher_that_has_only_just_come_is_not_known() -> None:
    now = answers({"obs": OBS}, {"obs": 501000}, **SESSIONS)
    *before, after = now.splitlines()
    for later in (after.replace('"id": "p"', '"id": "q"'), after.replace('"obs"', '"other"')):
        assert later != after
        row = {row.name: row for row in rows(media("\n".join([*before, later]) + "\n"))}["obs"]
        assert (row.mood, row.cells["kbit/s"], row.data["kbps"]) == ("good", "measuring", None)


@pytest.mark.parametrize(
    ("program", "found"), [("OBS", ["foreign-publisher"]), ("envivo-agent", []), ("", [])], ids=["OBS", "agent", "RTMP"]
)
def test_who_holds_the_path_of_an_agent_is_said(program: str, found: list[str]) -> None:
    path = {**OBS, "source": {"type": "rtmpConn", "id": "q"}}
    holder = session("q", "publish", "10.0.0.7:4000", path="webcam", userAgent=program)
    said = media(answers({"webcam": path, "obs": OBS}, **{**SESSIONS, "rtmpconns": [*SESSIONS["rtmpconns"], holder]}))
    findings = [item for item in said if isinstance(item, Finding)]
    assert [finding.code for finding in findings] == found
    assert all(finding.message.startswith("10.0.0.7 over RTMP (OBS) publishes to webcam") for finding in findings)


def test_a_path_that_should_be_live_is_a_finding_and_one_that_may_be_is_not() -> None:
    found = [item for item in media(answers({})) if isinstance(item, Finding)]
    assert [(finding.host, finding.message) for finding in found] == [
        ("cam1", "nobody publishes to webcam"),
        ("media1", "nobody publishes to obs, which should be live (mediamtx.paths.obs.expected)"),
    ]


def test_a_path_that_was_not_deployed_yet_is_a_finding_and_the_others_are_shown() -> None:
    listed = answers({"obs": OBS}, **SESSIONS).replace('"name": "phone"', '"name": "other"')
    found = media(listed)
    assert codes(found).count("path-missing") == 1
    assert {row.name: row.mood for row in rows(found)} == {"obs": "good", "phone": "bad", "webcam": "bad"}


def test_the_camera_says_why_so_the_media_host_need_not_say_that() -> None:
    both = [*media(answers({"obs": OBS}, **SESSIONS)), *agent(state="waiting-camera", last_error=ABSENT)]
    assert [finding.code for finding in arranged(both).findings] == ["agent-not-live"]


@pytest.mark.parametrize("answer", ["", f"{NOW}.5\n{NOW + 1}.0\n", f"{NOW}.5\n" + "\n" * 8 + f"{NOW + 1}.0\n\n"])
def test_an_api_that_is_silent_is_a_finding_unless_its_container_is_one(answer: str) -> None:
    found = media(answer)
    assert codes(found) == ["api-silent"]
    down = Finding("media1", "mediamtx-down", "nobody can watch: the container mediamtx is unhealthy", "start it")
    assert [finding.code for finding in arranged([*found, down]).findings] == ["mediamtx-down"]


def test_recordings_say_how_long_the_disk_lasts() -> None:
    recorded = placed(drafted(mediamtx={"paths": {"webcam": {"record": True}}}), {"media1": ["media", "cameras"]})
    disk = f"now {NOW}\ndisk 100000000 90000000\npath webcam 1000000 86400 500000\n"
    (row,) = [row for row in rows(said(recorded["media1"], "media", answers({}), disk)) if row.section == "hosts"]
    assert row.cells["recordings"].startswith("1.0 GB, ")


def host(free: int = 5000000, locked: int = 0, owner: str = "") -> list[Any]:
    return said(placed(LAB, HOSTS)["cam1"], "base", LOAD, ABOUT.format(free=free, locked=locked, owner=owner), "\n")


ABOUT = f"Debian GNU/Linux 13 (trixie)\n7200.50\n4000000 3000000\n10000000 {{free}}\n{NOW}\n{{locked}}\n{{owner}}"


STAT = "cpu 0 0 0 {idle} 0 0 0 0\n"
LOAD = STAT.format(idle=100) + STAT.format(idle=200) + "0.25 0.20 0.10 1/200 4242\n2\n"


@pytest.mark.parametrize(
    ("locked", "owner", "words"),
    [
        (NOW - 300, "", "5 min ago"),
        (0, "", "not since the boot"),
        (NOW, json.dumps({"owner": "ann@desk", "since": "11:59:00 UTC"}), "running, by ann@desk since 11:59:00 UTC"),
        (NOW, "{", "running"),
    ],
)
def test_the_last_deploy_is_read_from_the_lock(locked: int, owner: str, words: str) -> None:
    load, about, _ = rows(host(locked=locked, owner=owner))
    assert about.cells["last change"] == words
    assert (about.data["up_s"], about.cells["free memory"]) == (7200.5, "3.1 GB of 4.1 GB")
    assert load.cells["load"] == "0 %, 0.2 of 2"


@pytest.mark.parametrize(("free", "found"), [(262144, []), (262143, ["disk-full"])])
def test_a_full_disk_is_a_finding(free: int, found: list[str]) -> None:
    assert codes(host(free)) == found


def production() -> Place:
    """The media host of group_data/prod.py."""
    settings = environment(**filled_in(THREE_MACHINES))
    return placed(settings, {"media1": ["media"], "turn1": ["turn"], "cam1": ["cameras"]})["media1"]


def certificate(lasts: timedelta, left: timedelta) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An Authority")])
    ends = datetime.fromtimestamp(NOW, UTC) + left
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(ends - lasts).not_valid_after(ends)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("lasts", "left", "shown", "found"),
    [
        (90 * DAY, 60 * DAY, "60 d", []),
        (90 * DAY, 14 * DAY, "14 d", []),
        (90 * DAY, 13 * DAY, "13 d", ["certificate-ends"]),
        (12 * HOUR, 4 * HOUR, "4 h 0 min", []),
        (12 * HOUR, 1 * HOUR, "1 h 0 min", ["certificate-ends"]),
        (90 * DAY, -1 * HOUR, "expired", ["certificate-ends"]),
    ],
    ids=["new", "14 days", "13 days", "of Caddy's own CA", "not renewed", "expired"],
)
def test_a_certificate_that_was_not_renewed_is_a_finding(
    lasts: timedelta, left: timedelta, shown: str, found: list[str]
) -> None:
    items = said(production(), "certificates", f"{NOW}\n{certificate(lasts, left)}")
    (row,) = rows(items)
    assert (row.name, row.cells["left"], row.cells["issuer"]) == (DOMAIN, shown, "An Authority")
    assert codes(items) == found


def test_a_certificate_that_is_missing_is_a_finding() -> None:
    assert codes(said(production(), "certificates", f"{NOW}\n")) == ["certificate"]


@pytest.mark.parametrize(
    ("mode", "drift"),
    [("644", "no"), ("666", "/opt/envivo/a"), ("", "/opt/envivo/a")],
    ids=["as it was", "mode", "gone"],
)
def test_drift_is_what_the_host_has_not_as_the_last_deploy_brought_it(mode: str, drift: str) -> None:
    file = KeptFile("/opt/envivo/a", "a" * 64, "644", "root", "root")
    release = Release(7, "2026-11-30T19:00:00+00:00", "ann@desk", "0.1.0", "d", [file])
    states = f"{mode}|root|root|f|{file.path}\n{file.sha256}  {file.path}\n" if mode else ""
    about = said(
        placed(LAB, HOSTS)["cam1"],
        "base",
        LOAD,
        ABOUT.format(free=5000000, locked=0, owner=""),
        f"{release.text}\n{states}",
    )

    (row,) = [row for row in rows(about) if "drift" in row.cells]

    assert (row.cells["drift"], row.cells["release"]) == (drift, "7, by ann@desk")
    assert row.data["drift"] == ([] if drift == "no" else [drift])
