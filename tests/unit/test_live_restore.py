"""What daemon.json has to say so that containers outlive the Engine, and when it is left alone."""

import json

import pytest

from envivo.state.live_restore import CONFIG, Decision, EngineState, decide, merged, problem

ON = b'{"live-restore": true}'
WRITTEN = b'{\n  "live-restore": true\n}\n'
RELOAD = Decision(reload=True)
NOTHING = Decision()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, {"live-restore": True}),
        (b"", {"live-restore": True}),
        (b" \n", {"live-restore": True}),
        (b"{}", {"live-restore": True}),
        (b"\xef\xbb\xbf{}", {"live-restore": True}),
        (b'{"live-restore": false}', {"live-restore": True}),
        (b'{"log-opts": {"max-size": "1m"}, "dns": ["192.0.2.1"]}',
         {"log-opts": {"max-size": "1m"}, "dns": ["192.0.2.1"], "live-restore": True}),
        ('{"labels": ["place=Zürich"]}'.encode(), {"labels": ["place=Zürich"], "live-restore": True}),
    ],
)  # fmt: skip
def test_merged_keeps_what_the_user_says(content: bytes | None, said: dict[str, object]) -> None:
    assert json.loads(merged(content)) == said
    assert list(json.loads(merged(content)))[: len(said) - 1] == list(said)[:-1], "in its order"
    assert merged(merged(content)) == merged(content)


@pytest.mark.parametrize(
    "content",
    [b"{", b'{"a": 1,}', b"// why\n{}", b"[]", b"true", b'"x"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000],
)
def test_file_that_docker_cannot_read_is_refused(content: bytes) -> None:
    assert str(problem(CONFIG, content)).startswith(f"{CONFIG}: is not a JSON object")
    refused = decide(EngineState(content=content))
    assert (refused.write, refused.reload, refused.refusal) == (None, False, problem(CONFIG, content))


@pytest.mark.parametrize(
    ("seen", "decision"),
    [
        (EngineState(), Decision(WRITTEN, reload=True)),
        (EngineState(content=b"{}"), Decision(WRITTEN, reload=True)),
        (EngineState(live_restore=True, content=ON), NOTHING),
        # written, and not yet taken: whoever wrote it died before the reload
        (EngineState(content=ON), RELOAD),
        # taken, and no longer there: it would be gone at the next start
        (EngineState(live_restore=True), Decision(WRITTEN, reload=True)),
        (EngineState(live_restore=True, content=b'{"live-restore": false}'), Decision(WRITTEN, reload=True)),
        (EngineState(live_restore=True, options=("-H", "fd://", "--live-restore")), NOTHING),
        (EngineState(live_restore=True, options=("--live-restore=true",), content=b"{}"), NOTHING),
        (EngineState(options=("--live-restore-x", "x--live-restore")), Decision(WRITTEN, reload=True)),
    ],
)
def test_decision_follows_the_engine_and_its_file(seen: EngineState, decision: Decision) -> None:
    assert decide(seen) == decision


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        (EngineState(swarm="active"), "swarm"),
        (EngineState(swarm="pending", content=b"{}"), "swarm"),
        (EngineState(options=("--live-restore=false",)), "--live-restore=false"),
        (EngineState(options=("--live-restore", "--live-restore=0")), "--live-restore=false"),
    ],
)
def test_engine_that_must_not_have_it_is_left_alone_and_named(seen: EngineState, word: str) -> None:
    decision = decide(seen)
    assert (decision.write, decision.reload, decision.refusal) == (None, False, None)
    assert word in decision.remark


def test_option_and_file_together_are_refused_since_dockerd_would_not_start() -> None:
    for content in (ON, b'{"live-restore": false}'):
        decision = decide(EngineState(live_restore=True, options=("--live-restore",), content=content))
        assert decision.write is None and not decision.reload
        assert decision.refusal and decision.refusal.fix == "remove one"
