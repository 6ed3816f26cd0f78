"""What is built after something failed: another encoder, no sound for a while, the clip that is there again."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from envivo_agent import encoder_trial
from envivo_agent.config import parse
from envivo_agent.faults import AUDIO, CAMERA, ENCODING, PIPELINE, SERVER, Fault

Document = dict[str, Any]
ENCODER = Fault(ENCODING, "encoder: it broke")
SOUND = Fault(AUDIO, "the audio device hw:1,0 stopped")


@pytest.fixture
def module(gst: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """With trials that all end well."""
    assert gst.encoders
    module = importlib.import_module("envivo_agent.gst.pipeline_builder")
    monkeypatch.setattr(encoder_trial, "run", lambda _text, _fps: encoder_trial.Proof("", 200.0))
    return module


def _builder(module: Any, document: Document, **video: object) -> Any:
    document["video"].update(video)
    return module.PipelineBuilder(parse(json.dumps(document)), None)


def _element(builder: Any, now: float) -> str:
    words = builder.plan(now).publisher.description.split(" ! ")[1]
    return str(words.split()[0])


def test_builder_tries_an_encoder_once_more_before_another_takes_over(module: Any, document: Document) -> None:
    builder = _builder(module, document, encoder="auto")
    assert _element(builder, 0) == "x264enc"
    builder.failed(ENCODER, 10)
    assert _element(builder, 11) == "x264enc"
    builder.failed(ENCODER, 69)
    assert _element(builder, 70) == "openh264enc"
    assert "x264enc failed while it ran; openh264enc 200 fps in a trial" in builder.selection.reason


def test_builder_forgives_an_encoder_that_fails_seldom(module: Any, document: Document) -> None:
    builder = _builder(module, document, encoder="auto")
    for minute in range(1, 10):
        builder.failed(ENCODER, minute * 61)
        assert _element(builder, minute * 61 + 1) == "x264enc"


@pytest.mark.parametrize(("fallback", "then"), [(True, "openh264enc"), (False, None)])
def test_builder_keeps_to_a_named_encoder_where_no_other_may_take_over(
    module: Any, document: Document, fallback: bool, then: str | None
) -> None:
    builder = _builder(module, document, encoder="x264", fallback=fallback)
    for now in (1, 2):
        builder.failed(ENCODER, now)
    if then:
        assert _element(builder, 3) == then
        return
    with pytest.raises(module.CannotBuildError) as caught:
        builder.plan(3)
    assert caught.value.fault.kind == ENCODING
    assert "x264enc failed while it ran" in caught.value.fault.text


@pytest.mark.parametrize("encoder", ["auto", "x264"])
def test_builder_gives_encoders_that_all_failed_another_chance(module: Any, document: Document, encoder: str) -> None:
    builder = _builder(module, document, encoder=encoder)
    for now in range(8):
        if builder.selection.encoder:
            builder.failed(ENCODER, now)
    with pytest.raises(module.CannotBuildError) as caught:
        builder.plan(9)
    builder.failed(caught.value.fault, 9)
    assert _element(builder, 9 + 600) == "x264enc"


@pytest.mark.parametrize("kind", [CAMERA, SERVER, PIPELINE])
def test_builder_blames_no_encoder_for_the_faults_of_others(module: Any, document: Document, kind: str) -> None:
    builder = _builder(module, document, encoder="auto")
    for now in range(10):
        builder.failed(Fault(kind, "x"), now)
    assert _element(builder, 11) == "x264enc"


def test_builder_goes_on_without_sound_and_asks_seldom_whether_it_is_there_again(
    module: Any, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    document["audio"] = {"kind": "alsa", "device": "hw:1,0", "bitrate_kbps": 64}
    asked: list[str] = []
    monkeypatch.setattr(module.microphone, "opens", asked.append)  # None: it does not open
    builder = _builder(module, document)
    assert "opusenc" in builder.plan(0).factories
    builder.failed(SOUND, 0)
    assert not builder.audible
    for second in range(300):
        assert not builder.sound_returns(second)
    assert asked == ["hw:1,0"] * int(299 // module.AUDIO_AGAIN_S)
    assert "opusenc" not in builder.plan(300).factories
    monkeypatch.setattr(module.microphone, "opens", lambda _device: True)
    assert builder.sound_returns(300 + module.AUDIO_AGAIN_S)
    assert "opusenc" in builder.plan(301 + module.AUDIO_AGAIN_S).factories


def test_builder_without_sound_has_none_to_return(module: Any, document: Document) -> None:
    builder = _builder(module, document)
    assert not builder.audible
    assert not builder.sound_returns(1e9)


def test_builder_names_the_package_of_what_is_missing(module: Any, gst: Any, document: Document) -> None:
    gst.lacks = {"rtspclientsink", "voaacenc"}
    with pytest.raises(module.CannotBuildError) as caught:
        _builder(module, document).plan(0)
    told = "GStreamer has no rtspclientsink: apt-get install gstreamer1.0-rtsp"
    assert (caught.value.fault.kind, str(caught.value.fault)) == (PIPELINE, told)


def test_builder_misses_a_clip_until_it_is_there(module: Any, document: Document, tmp_path: Path) -> None:
    assert _builder(module, document).absent() is None
    file = tmp_path / "clip.mp4"
    document["source"] = {"kind": "file", "file": str(file)}
    builder = _builder(module, document)
    assert builder.absent().text == f"{file} does not exist, or may not be read"
    file.touch()
    assert builder.absent() is None
