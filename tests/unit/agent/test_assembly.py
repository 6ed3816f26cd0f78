"""What is built after something failed: another encoder, no sound for a while, the clip that is there again."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from envivo_agent import trial
from envivo_agent.config import parse
from envivo_agent.faults import AUDIO, CAMERA, ENCODING, PIPELINE, SERVER, Fault

Document = dict[str, Any]
ENCODER = Fault(ENCODING, "encoder: it broke")
SOUND = Fault(AUDIO, "the audio device hw:1,0 stopped")


@pytest.fixture
def module(gst: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """With trials that all end well."""
    assert gst.encoders
    module = importlib.import_module("envivo_agent.assembly")
    monkeypatch.setattr(trial, "run", lambda _text, _fps: trial.Proof("", 200.0))
    return module


def _assembly(module: Any, document: Document, **video: object) -> Any:
    document["video"].update(video)
    return module.Assembly(parse(json.dumps(document)), None)


def _element(assembly: Any, now: float) -> str:
    words = assembly.plan(now).publisher.description.split(" ! ")[1]
    return str(words.split()[0])


def test_assembly_tries_an_encoder_once_more_before_another_takes_over(module: Any, document: Document) -> None:
    assembly = _assembly(module, document, encoder="auto")
    assert _element(assembly, 0) == "x264enc"
    assembly.failed(ENCODER, 10)
    assert _element(assembly, 11) == "x264enc"
    assembly.failed(ENCODER, 69)
    assert _element(assembly, 70) == "openh264enc"
    assert "x264enc failed while it ran; openh264enc 200 fps in a trial" in assembly.selection.reason


def test_assembly_forgives_an_encoder_that_fails_seldom(module: Any, document: Document) -> None:
    assembly = _assembly(module, document, encoder="auto")
    for minute in range(1, 10):
        assembly.failed(ENCODER, minute * 61)
        assert _element(assembly, minute * 61 + 1) == "x264enc"


@pytest.mark.parametrize(("fallback", "then"), [(True, "openh264enc"), (False, None)])
def test_assembly_keeps_to_a_named_encoder_where_no_other_may_take_over(
    module: Any, document: Document, fallback: bool, then: str | None
) -> None:
    assembly = _assembly(module, document, encoder="x264", fallback=fallback)
    for now in (1, 2):
        assembly.failed(ENCODER, now)
    if then:
        assert _element(assembly, 3) == then
        return
    with pytest.raises(module.CannotBuildError) as caught:
        assembly.plan(3)
    assert caught.value.fault.kind == ENCODING
    assert "x264enc failed while it ran" in caught.value.fault.text


@pytest.mark.parametrize("encoder", ["auto", "x264"])
def test_assembly_gives_encoders_that_all_failed_another_chance(module: Any, document: Document, encoder: str) -> None:
    assembly = _assembly(module, document, encoder=encoder)
    for now in range(8):
        if assembly.selection.encoder:
            assembly.failed(ENCODER, now)
    with pytest.raises(module.CannotBuildError) as caught:
        assembly.plan(9)
    assembly.failed(caught.value.fault, 9)
    assert _element(assembly, 9 + 600) == "x264enc"


@pytest.mark.parametrize("kind", [CAMERA, SERVER, PIPELINE])
def test_assembly_blames_no_encoder_for_the_faults_of_others(module: Any, document: Document, kind: str) -> None:
    assembly = _assembly(module, document, encoder="auto")
    for now in range(10):
        assembly.failed(Fault(kind, "x"), now)
    assert _element(assembly, 11) == "x264enc"


def test_assembly_goes_on_without_sound_and_asks_seldom_whether_it_is_there_again(
    module: Any, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    document["audio"] = {"kind": "alsa", "device": "hw:1,0", "bitrate_kbps": 64}
    asked: list[str] = []
    monkeypatch.setattr(module.microphone, "opens", asked.append)  # None: it does not open
    assembly = _assembly(module, document)
    assert "opusenc" in assembly.plan(0).factories
    assembly.failed(SOUND, 0)
    assert not assembly.audible
    for second in range(300):
        assert not assembly.sound_returns(second)
    assert asked == ["hw:1,0"] * int(299 // module.AUDIO_AGAIN_S)
    assert "opusenc" not in assembly.plan(300).factories
    monkeypatch.setattr(module.microphone, "opens", lambda _device: True)
    assert assembly.sound_returns(300 + module.AUDIO_AGAIN_S)
    assert "opusenc" in assembly.plan(301 + module.AUDIO_AGAIN_S).factories


def test_assembly_without_sound_has_none_to_return(module: Any, document: Document) -> None:
    assembly = _assembly(module, document)
    assert not assembly.audible
    assert not assembly.sound_returns(1e9)


def test_assembly_names_the_package_of_what_is_missing(module: Any, gst: Any, document: Document) -> None:
    gst.lacks = {"rtspclientsink", "voaacenc"}
    with pytest.raises(module.CannotBuildError) as caught:
        _assembly(module, document).plan(0)
    told = "GStreamer has no rtspclientsink: apt-get install gstreamer1.0-rtsp"
    assert (caught.value.fault.kind, str(caught.value.fault)) == (PIPELINE, told)


def test_assembly_misses_a_clip_until_it_is_there(module: Any, document: Document, tmp_path: Path) -> None:
    assert _assembly(module, document).absent() is None
    file = tmp_path / "clip.mp4"
    document["source"] = {"kind": "file", "file": str(file)}
    assembly = _assembly(module, document)
    assert assembly.absent().text == f"{file} is not there, or may not be read"
    file.touch()
    assert assembly.absent() is None
