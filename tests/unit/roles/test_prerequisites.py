"""What a host lacks before a deploy, asked of this machine's own shell."""

import socket
from pathlib import Path
from typing import Any

import pytest

from envivo.core.problems import Problem
from envivo.inventory import LOCAL, Host, Inventory
from envivo.operations.reasons import Difference
from envivo.orchestration.prerequisites import checks
from envivo.orchestration.target import Place, places
from envivo.plan.planning import Change, Plan
from envivo.remote import RemoteShell
from envivo.roles.base import prerequisites as base
from envivo.roles.camera import prerequisites as camera
from envivo.roles.certificates.prerequisites import warnings
from envivo.verify.engine import Check, Result, Warned, run_checks
from tests.unit.ports import free_ports
from tests.unit.settings.environments import drafted

REFUSED = Plan((Change("Base | Check", (), (Problem("", "port 8080/tcp is taken by nginx (pid 61)", "stop it"),)),))
TO_DO = Plan((Change("Base | Install", (Difference("curl", "is not installed"),), ()),))


def place(**more: Any) -> Place:
    host = Host(LOCAL, ("media", "cameras", "lab"), {"settings": drafted(**more)})
    (found,) = places(Inventory("lab", (host,)), {LOCAL: RemoteShell(host)})
    return found


def results(plan: Plan = TO_DO, **more: Any) -> dict[str, Result]:
    """By claim."""
    planned = checks([place(**more)], lambda host: plan)
    ready = [check for check in planned if "our commands" not in check.claim]  # whoever runs these tests
    return {check.claim: result for check, result in run_checks([alone(check) for check in ready]).items()}


def alone(check: Check) -> Check:
    return Check(check.host, check.claim, check.find, path=check.path)


def test_refusal_of_the_deploy_is_a_finding_and_what_it_would_change_is_none() -> None:
    (finding,) = results(REFUSED)["a deploy would not be refused"].findings

    assert str(finding).endswith("a deploy would be refused: port 8080/tcp is taken by nginx (pid 61): stop it")
    assert results()["a deploy would not be refused"].outcome == "ok"


@pytest.mark.parametrize("source", ["file", "v4l2"])
def test_source_that_is_not_there_is_named(source: str, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    given: dict[str, Any] = {"source": source}
    given |= {"file": str(clip)} if source == "file" else {"device": "/dev/envivo-none"}
    name = str(clip) if source == "file" else "/dev/envivo-none"
    claim = "its source exists"

    (finding,) = results(cameras={"webcam": given})[claim].findings
    assert f"webcam: {name} does not exist" in finding.message
    if source == "file":
        clip.touch()
        assert results(cameras={"webcam": given})[claim].outcome == "ok"
    assert claim not in results(cameras={"webcam": {"source": "test"}})


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_ip_camera_that_takes_no_connection_is_named(host: str) -> None:
    claim = "its IP camera answers"
    family = socket.AF_INET6 if host == "[::1]" else socket.AF_INET
    with socket.create_server((host.strip("[]"), 0), family=family) as listening:
        port = listening.getsockname()[1]
        given = {"source": "rtsp", "url": f"rtsp://{host}:{port}/main?a=1&b='2'"}
        found = results(cameras={"webcam": given})
        assert found[claim].outcome == "ok"
        assert "its source is there" not in found
    (finding,) = results(cameras={"webcam": given})[claim].findings
    assert (finding.code, finding.message) == (
        "source-missing", f"webcam: no connection to {host}:{port} (Connection refused)",
    )  # fmt: skip
    assert claim not in results(cameras={"webcam": {"source": "test"}})


def test_encoder_without_a_device_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = "its encoder has a device"
    monkeypatch.setitem(camera.ENCODERS, "nvenc", "/dev/envivo-none*")
    monkeypatch.setitem(camera.ENCODERS, "vaapi", "/dev/nul[l]")

    (finding,) = results(cameras={"webcam": {"encoder": "nvenc"}})[claim].findings
    assert "there is no device for the encoder nvenc (/dev/envivo-none*)" in finding.message
    assert results(cameras={"webcam": {"encoder": "vaapi"}})[claim].outcome == "ok"
    assert claim not in results(cameras={"webcam": {"encoder": "nvenc", "encoder_fallback": True}})


@pytest.mark.parametrize("encoder", ["nvenc", "vaapi", "v4l2"])
@pytest.mark.parametrize(("mode", "encodes"), [("auto", True), ("transcode", True), ("passthrough", False)])
def test_encoder_is_asked_for_where_pictures_are_encoded(encoder: str, mode: str, encodes: bool) -> None:
    (port,) = free_ports(1)
    given = {"source": "rtsp", "url": f"rtsp://127.0.0.1:{port}/", "mode": mode, "encoder": encoder}
    claims = results(cameras={"webcam": given})
    assert ("its encoder has a device" in claims or "its encoder exists" in claims) == encodes


@pytest.mark.parametrize(("least", "kind"), [(0, str), (10**9, Warned)])
def test_memory_is_stated_and_too_little_of_it_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, least: int, kind: type
) -> None:
    monkeypatch.setattr(base, "LEAST_KIB", least)
    result = results()["it has enough free memory"]

    assert bool(result.warnings) == (kind is Warned)
    assert "are available" in result.observations[0]


def recorded(age: str) -> dict[str, Any]:
    return {"mediamtx": {"paths": {"webcam": {"record": True}}, "recording": {"delete_after": age}}}


def test_disk_of_a_host_without_recordings_is_compared_with_what_they_will_need() -> None:
    claim = "its disk holds the recordings"

    assert "which is enough" in results(**recorded("1h"))[claim].observations[0]
    (warned,) = results(**recorded("876000h"))[claim].warnings
    assert "full on" in warned and "delete_after" in warned
    assert claim not in results(mediamtx={"paths": {"webcam": {"record": False}}})


@pytest.mark.parametrize(
    ("resolved", "own", "said"),
    [
        ([], [], ""),
        (["2001:db8::1"], ["2001:db8::1"], ""),
        (["2001:db8::1", "2001:db8::2"], ["2001:db8::1"], "v.net has the AAAA record 2001:db8::2, which the host does"),
    ],
)
def test_record_that_leads_elsewhere_is_warned_of(resolved: list[str], own: list[str], said: str) -> None:
    assert "".join(warnings("v.net", resolved, own)).startswith(said)
    assert bool(list(warnings("v.net", resolved, own))) == bool(said)


CARDS = """ 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7f10000 irq 31
 1 [C920           ]: USB-Audio - HD Pro Webcam C920
                      HD Pro Webcam C920 at usb-0000:00:14.0-1, high speed
00-00: ALC282 Analog : ALC282 Analog : playback 1
01-00: USB Audio : USB Audio : capture 1
"""


@pytest.mark.parametrize(
    ("said", "device", "wrong"),
    [
        ("", "default", 'the host has no sound card that can record: plug the microphone in, or set audio to "none"'),
        (CARDS.replace("capture", "playback"), "default", "the host has no sound card that can record"),
        (CARDS, "default", ""),
        (CARDS, "hw:CARD=C920", ""),
        (CARDS, "plughw:1,0", ""),
        (
            CARDS,
            "hw:CARD=PCH,DEV=0",
            "that records: plug it in, or set audio_device to hw:CARD=C920",
        ),
        (CARDS, "plughw:2", "plughw:2 is not a sound card that records"),
        (CARDS, "pulse", ""),
    ],
)
def test_microphone_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, device: str, wrong: str
) -> None:
    (tmp_path / "said").write_text(said)
    monkeypatch.setattr(camera, "CAPTURES", f"cat {tmp_path}/said")
    given = {"source": "test", "audio": "alsa", "audio_device": device}
    found = results(cameras={"webcam": given})["its microphone is connected"].findings
    assert [wrong in str(finding) for finding in found] == ([True] if wrong else [])
    assert "its microphone is connected" not in results(cameras={"webcam": {"source": "test", "audio": "test"}})


@pytest.mark.parametrize(
    ("program", "outcome"), [("exit 0", "ok"), ("exit 1", "failed"), ("", "ok")], ids=["there", "none", "no GStreamer"]
)
def test_encoder_of_the_kernel_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, outcome: str
) -> None:
    for name in ("sh", "timeout", "uname"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    if program:
        (tmp_path / "gst-inspect-1.0").write_text(f'#!/bin/sh\n[ "$*" = "--exists v4l2h264enc" ] && {program}\n')
        (tmp_path / "gst-inspect-1.0").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    result = results(cameras={"webcam": {"source": "test", "encoder": "v4l2"}})["its encoder exists"]
    assert result.outcome == outcome
    assert bool(result.observations) == (not program)
