"""What is built after something failed: another encoder, no sound for a while, the clip that is there again."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from envivo_agent import encoder_trial
from envivo_agent.config import parse
from envivo_agent.faults import (
    AUDIO,
    B_FRAMES,
    CAMERA,
    ENCODING,
    INTERLACED,
    ODD_PROFILE,
    PIPELINE,
    SERVER,
    Fault,
    classify,
)
from envivo_agent.ipcam.sdp import Track

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


IP_CAMERA = {"kind": "rtsp", "url": "rtsp://cam/main", "user": "", "password": "", "mode": "auto"}
H264, H265 = Track(0, "video", "H264", 20.0), Track(0, "video", "H265", 20.0)
PCMA = Track(1, "audio", "PCMA")
REORDERED = Fault(CAMERA, "rtsp://cam/main sends B-frames, which browsers do not play",
                  "switch them off in the camera's settings")  # fmt: skip


def _from_camera(module: Any, document: Document, *tracks: Track) -> Any:
    """Of an IP camera that was asked."""
    document["source"] = IP_CAMERA
    builder = _builder(module, document)
    assert builder.from_network
    assert builder.announced(list(tracks), 0) is None
    return builder


def test_builder_tries_no_encoder_where_the_camera_has_one(
    module: Any, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_trial, "run", None)
    builder = _from_camera(module, document, H264)
    plan = builder.plan(0)
    assert builder.account == "camera: H.264 at 20 fps, passed through"
    assert builder.selection.encoder is None
    assert (plan.whole, plan.tracks, plan.video.fps, builder.wanted_fps) == (False, (0,), 20, 20)
    assert not {"x264enc", "openh264dec"} & set(plan.factories)


def test_what_passes_keeps_the_parameters_that_were_announced_alone(module: Any, document: Document) -> None:
    """The agent looks at each frame: a parser that knows them repeats them before key frames."""
    chain = _from_camera(module, document, H264).plan(0)
    for text in (chain.capture.description, chain.publisher.description):
        assert text.count("h264parse") == text.count("h264parse config-interval=-1") == 1


def test_builder_encodes_what_browsers_do_not_play(module: Any, document: Document) -> None:
    builder = _from_camera(module, document, H265)
    plan = builder.plan(0)
    assert {"rtph265depay", "libde265dec", "x264enc"} < set(plan.factories)
    assert builder.account.startswith("camera: H.265 at 20 fps, transcoded (browsers do not play it); encoder: x264enc")
    assert (plan.whole, plan.video.fps) == (True, 20)


def test_builder_transcodes_once_b_frames_were_seen_until_the_camera_announces_something_else(
    module: Any, document: Document
) -> None:
    builder = _from_camera(module, document, H264)
    assert not builder.plan(0).whole
    builder.failed(REORDERED, 1)
    assert builder.announced([H264], 2) is None
    assert builder.plan(2).whole
    other = Track(0, "video", "H264", 15.0)
    assert builder.announced([other], 3) is None
    assert not builder.plan(3).whole


SPS = [
    {"sprop-parameter-sets": f"{text},aO48gA=="} for text in ("Z00AKp2oHgCJ+WbgICAgQA==", "Z2QAKqwsaoHgCJ+WbgICAgQA")
]


@pytest.mark.parametrize("seen", [B_FRAMES, INTERLACED, ODD_PROFILE])
@pytest.mark.parametrize(
    ("before", "after", "later_s", "remembered"),
    [
        (SPS[0], {**SPS[0], "config": "7"}, 5, True),
        ({}, {"packetization-mode": "1"}, 3599, True),
        (SPS[0], SPS[0], 3601, False),
        (SPS[0], SPS[1], 5, False),
        ({}, SPS[0], 5, False),
    ],
)
def test_what_was_seen_in_frames_is_remembered_of_the_same_picture(
    module: Any, document: Document, seen: str, before: Any, after: Any, later_s: int, remembered: bool
) -> None:
    """A camera that writes its parameters differently each time would change between both ways for ever."""
    builder = _from_camera(module, document, Track(0, "video", "H264", 20.0, before))
    builder.failed(classify("source", seen, "", builder.config, None), 100)
    assert builder.announced([Track(0, "video", "H264", 20.0, after)], 100 + later_s) is None
    assert builder.plan(100 + later_s).whole == remembered


def test_sound_is_left_out_where_a_camera_twice_does_not_send_what_it_announces(
    module: Any, document: Document
) -> None:
    document["audio"] = {"kind": "camera", "bitrate_kbps": 32}
    builder = _from_camera(module, document, H264, PCMA)
    odd = classify("source", "Internal data stream error.", "reason not-negotiated (-4)", builder.config, None)
    for now, heard in ((0, True), (61, True), (300, True), (305, False)):
        builder.failed(odd, now)
        assert builder.plan(now + 1).heard == heard
    assert builder.plan(305 + module.AUDIO_AGAIN_S).heard
    builder.failed(odd, 400)
    assert builder.plan(401).heard, "once is not twice"


def test_builder_takes_the_sound_of_the_camera_and_goes_on_without_it(module: Any, document: Document) -> None:
    document["audio"] = {"kind": "camera", "bitrate_kbps": 32}
    builder = _from_camera(module, document, H264, PCMA)
    plan = builder.plan(0)
    assert (plan.heard, plan.tracks, builder.audible) == (True, (0, 1), True)
    assert {"rtppcmadepay", "alawdec", "opusenc"} < set(plan.factories)
    builder.failed(SOUND, 1)
    silent = builder.plan(2)
    assert (silent.heard, silent.tracks, builder.audible) == (False, (0,), False)
    assert "opusenc" not in silent.factories
    assert not builder.sound_returns(1000), "a live one is not interrupted"
    assert builder.plan(2 + module.AUDIO_AGAIN_S).heard


def test_builder_of_a_silent_camera_has_no_sound(module: Any, document: Document) -> None:
    document["audio"] = {"kind": "camera", "bitrate_kbps": 32}
    builder = _from_camera(module, document, H264)
    assert not builder.audible
    assert "opusenc" not in builder.plan(0).factories
    assert builder.account == "camera: H.264 at 20 fps, passed through, the camera sends no sound"


@pytest.mark.parametrize("audio", ["alsa", "test"])
def test_builder_can_take_another_sound_than_the_cameras(module: Any, document: Document, audio: str) -> None:
    device = {"device": "hw:1,0"} if audio == "alsa" else {}
    document["audio"] = {"kind": audio, "bitrate_kbps": 32, **device}
    plan = _from_camera(module, document, H264, PCMA).plan(0)
    assert (plan.heard, plan.tracks) == (False, (0,))
    assert {"opusenc", f"audio{audio}src" if audio == "test" else "alsasrc"} < set(plan.factories)


def test_builder_refuses_what_cannot_be_carried(module: Any, document: Document) -> None:
    document["source"] = {**IP_CAMERA, "mode": "passthrough"}
    fault = _builder(module, document).announced([H265], 0)
    assert (fault.kind, fault.lasting) == (CAMERA, True)


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
