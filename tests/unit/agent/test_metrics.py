import pytest
from envivo_agent.faults import KINDS
from envivo_agent.metrics import CONTENT_TYPE, answer, exposition
from envivo_agent.state_machine import PHASES

from tests.unit.agent.scrape import families
from tests.unit.agent.statuses import status


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("frames_captured_total", "counter", 3_000_001),
        ("frames_encoded_total", "counter", 3_000_000),
        ("frames_sent_total", "counter", 2_999_999),
        ("sent_bytes_total", "counter", 31_250_000_123),
        ("stalls_total", "counter", 1),
        ("fps", "gauge", 29.9),
        ("bitrate_bits", "gauge", 2_487_000),
        ("last_frame_age_seconds", "gauge", 0.03),
    ],
)
def test_metrics_are_told_to_the_last_digit(name: str, kind: str, value: float) -> None:
    family = families(exposition(status()))[f"envivo_agent_{name}"]
    assert (family.kind, family.value) == (kind, value)


@pytest.mark.parametrize("phase", PHASES)
def test_metrics_name_every_state_and_mark_the_one_it_is_in(phase: str) -> None:
    samples = families(exposition(status(state=phase)))["envivo_agent_state"].samples
    assert samples == {(("state", one),): float(one == phase) for one in PHASES}


def test_metrics_name_every_cause_of_a_restart() -> None:
    family = families(exposition(status()))["envivo_agent_restarts_total"]
    assert family.kind == "counter"
    assert family.samples == {(("cause", kind),): 2.0 if kind == "server" else 0.0 for kind in KINDS}


def test_metrics_say_what_runs() -> None:
    ((labels, value),) = families(exposition(status()))["envivo_agent_info"].samples.items()
    assert value == 1
    assert dict(labels) == {"name": "webcam", "source": "test", "encoder": "x264enc", "gstreamer": "1.26.2"}


def test_metrics_survive_what_a_path_may_be_called() -> None:
    told = status(source='/srv/"my\\clip",\n{x="1"} 2')
    ((labels, _),) = families(exposition(told))["envivo_agent_info"].samples.items()
    assert dict(labels)["source"] == r"/srv/\"my\\clip\", {x=\"1\"} 2"


def test_metrics_before_the_first_frame_tell_no_age_of_it() -> None:
    assert "envivo_agent_last_frame_age_seconds" not in families(exposition(status(last_frame_age_s=None)))


def test_metrics_that_were_not_measured_for_long_enough_are_not_told() -> None:
    told = families(exposition(status(fps=None, bitrate_kbps=None)))
    assert not {"envivo_agent_fps", "envivo_agent_bitrate_bits"} & told.keys()


@pytest.mark.parametrize(
    ("request_line", "state", "code", "body"),
    [
        ("GET /metrics HTTP/1.1", "live", "200 OK", "# HELP "),
        ("GET /metrics?x=1 HTTP/1.0", "backoff", "200 OK", "# HELP "),
        ("GET /healthz HTTP/1.1", "live", "200 OK", "live: "),
        ("GET / HTTP/1.1", "live", "404 Not Found", "/metrics or /healthz"),
        ("GET /metrics/ HTTP/1.1", "live", "404 Not Found", "/metrics or /healthz"),
        ("POST /metrics HTTP/1.1", "live", "405 Method Not Allowed", "only GET"),
        ("get /metrics HTTP/1.1", "live", "405 Method Not Allowed", "only GET"),
        ("", "live", "405 Method Not Allowed", "only GET"),
        ("\x16\x03\x01", "live", "405 Method Not Allowed", "only GET"),
        *(("GET /healthz HTTP/1.1", phase, "503 Service Unavailable", "live: ") for phase in PHASES if phase != "live"),
    ],
)
def test_answer_fits_the_request(request_line: str, state: str, code: str, body: str) -> None:
    line, kind, said = answer(request_line, status(state=state))
    assert line == code
    assert said.startswith(body)
    assert said.endswith("\n")
    assert kind == (CONTENT_TYPE if body == "# HELP " else "text/plain; charset=utf-8")
