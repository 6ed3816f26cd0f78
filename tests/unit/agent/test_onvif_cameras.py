"""ONVIF cameras are found by multicast, and asked for their streams; also those that lie."""

import json
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from envivo_agent.onvif import http, search
from envivo_agent.onvif.camera import asked
from envivo_agent.onvif.questions import Login
from envivo_agent.onvif.search import Device, Interface

from tests.patience import patient
from tests.unit.agent.onvif_camera import NOT_AUTHORIZED, OnvifCamera, cameras
from tests.unit.ports import free_ports

LO = Interface(socket.if_nametoindex("lo"), "lo", "127.0.0.1")
LOGIN = Login("viewer", "p@ss:w/rd%41\u00e9")
USER: dict[str, Any] = {"user": LOGIN.user, "password": LOGIN.password}
SEARCH_S = patient(1)
ENOUGH_S = patient(3)
"""For a camera that answers as it should."""


def camera(host: int = 20, **how: Any) -> OnvifCamera:
    return OnvifCamera(f"127.0.1.{host}", **how)


def told(shown: OnvifCamera, login: Login | None = None, within_s: float = ENOUGH_S) -> Mapping[str, Any]:
    """What one camera says, once it is found."""
    device = Device(shown.address)
    with cameras(shown, group_port=free_ports(1)[0]):
        device.services.append(shown.here("{here}/onvif/device_service"))
        said = asked(device, login, within_s)
    json.dumps(said)
    assert LOGIN.password not in repr(said)
    return said


def streams(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(stream["name"], stream["url"] or stream["problem"]) for stream in said["streams"]]


ALL = [(name, f"rtsp://127.0.1.20:554/live/{name}") for name in ("main", "sub", "mid", "still")]


def found(*shown: OnvifCamera, within_s: float = SEARCH_S) -> search.Found:
    (port,) = free_ports(1)
    with cameras(*shown, group_port=port):
        return search.search([LO], within_s, ("239.255.255.250", port))


def test_cameras_are_found_once_each_with_their_own_addresses() -> None:
    first, second, other, https = (camera(host) for host in (20, 21, 22, 23))
    second.services = "http://192.0.2.7/onvif http://[fe80::1]/x {here}/onvif/device_service"
    other.services = "http://192.0.2.7/onvif/device_service"
    https.services = "https://127.0.1.23/onvif/device_service"
    devices = found(first, second, other, https).devices
    assert sorted(devices) == ["127.0.1.20", "127.0.1.21", "127.0.1.22", "127.0.1.23"]
    device = devices["127.0.1.20"]
    assert (device.name, device.model) == ("Yard East", "IPC-B120")
    assert device.services == [first.here("{here}/onvif/device_service")]
    assert devices["127.0.1.21"].services == [second.here("{here}/onvif/device_service")]
    for address, where in (("127.0.1.22", "another host"), ("127.0.1.23", "HTTPS")):
        said = asked(devices[address], LOGIN)
        assert said["problem"].startswith(f"its ONVIF address is {where}, which is not asked (http")


def test_several_answers_of_one_camera_are_one_camera() -> None:
    shown = camera(services="")
    without = shown.match().decode()
    shown.says["probe"] = without.replace(
        "</d:ProbeMatch>", "</d:ProbeMatch><d:ProbeMatch><d:Types>x:NetworkVideoTransmitter</d:Types>"
        "<d:XAddrs>{here}/b</d:XAddrs></d:ProbeMatch>",
    )  # fmt: skip
    devices = found(shown).devices
    assert [device.services for device in devices.values()] == [[shown.here("{here}/b")]]


def test_what_is_not_a_camera_hides_none() -> None:
    answers = (
        "", "x", "<!DOCTYPE x><x/>", "<x>" * 9000, "<ProbeMatch>" * 2000 + "</ProbeMatch>" * 2000,
        "<x><ProbeMatch><Types>a:Device</Types></ProbeMatch></x>",
    )  # fmt: skip
    others = [camera(50 + number, says={"probe": answer}) for number, answer in enumerate(answers)]
    assert list(found(*others, camera(20)).devices) == ["127.0.1.20"]


def test_search_ends_where_answers_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 3)
    seen = found(*(camera(host) for host in range(30, 38)))
    assert (len(seen.devices), len(seen.more), seen.unsent) == (3, 3, [])


def test_interface_that_takes_no_probe_is_named() -> None:
    gone = Interface(999_999, "gone0", "192.0.2.1")
    (port,) = free_ports(1)
    with cameras(camera(), group_port=port):
        seen = search.search([gone, LO], SEARCH_S, ("239.255.255.250", port))
    assert list(seen.devices) == ["127.0.1.20"]
    assert [words.partition(" ")[0] for words in seen.unsent] == ["gone0"]


def test_interfaces_have_an_address_and_multicast() -> None:
    for interface in search.interfaces():
        assert socket.if_nametoindex(interface.name) == interface.index
        socket.inet_aton(interface.address)


@pytest.mark.parametrize("ahead_s", [0, -86_400 * 365, 7200], ids=["right", "a year behind", "two hours ahead"])
def test_camera_gets_a_digest_by_its_own_clock(ahead_s: float) -> None:
    shown = camera(**USER, ahead_s=ahead_s)
    said = told(shown, LOGIN)
    assert (said["kind"], said["problem"], streams(said)) == ("", "", ALL)
    assert said["streams"][0] == {
        "name": "main", "codec": "H264", "width": 2560, "height": 1440, "fps": 25.0, "kbps": 4096,
        "url": "rtsp://127.0.1.20:554/live/main", "problem": "",
    }  # fmt: skip
    assert shown.asked == [
        "GetSystemDateAndTime", "GetCapabilities", "GetProfiles as viewer", *["GetStreamUri as viewer"] * 4,
    ]  # fmt: skip


def test_camera_that_wants_no_password_needs_none() -> None:
    assert streams(told(camera())) == ALL


def test_camera_without_a_clock_gets_a_digest_by_that_of_this_host() -> None:
    assert streams(told(camera(**USER, says={"GetSystemDateAndTime": NOT_AUTHORIZED}), LOGIN)) == ALL


@pytest.mark.parametrize(
    ("login", "kind", "asks"),
    [
        (None, "password-wanted", "GetProfiles"),
        (Login("viewer", "wrong"), "password-refused", "GetProfiles refused"),
        (Login("other", LOGIN.password), "password-refused", "GetProfiles refused"),
    ],
)
def test_wrong_password_is_sent_once(login: Login | None, kind: str, asks: str) -> None:
    shown = camera(**USER)
    said = told(shown, login)
    assert (said["kind"], said["streams"]) == (kind, [])
    assert said["problem"] and said["fix"]
    assert shown.asked == ["GetSystemDateAndTime", "GetCapabilities", asks]


def test_wrong_password_is_sent_once_where_only_streams_want_one() -> None:
    shown = camera(says={"GetStreamUri": NOT_AUTHORIZED})
    said = told(shown, LOGIN)
    assert (said["kind"], len(shown.asked)) == ("password-refused", 4)
    assert {stream["problem"] for stream in said["streams"]} == {"its address was not asked"}


HUGE = "<x>" + "a" * http.LONGEST + "</x>"


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"says": {"GetProfiles": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}},
         "does not answer as ONVIF has it: its answer has a document type, which is refused"),
        ({"says": {"GetProfiles": HUGE}}, "does not answer as ONVIF has it: its answer is longer than 256 KB"),
        ({"says": {"GetProfiles": "<x>"}}, "does not answer as ONVIF has it: its answer is not XML"),
        ({"says": {"GetProfiles": "<x/>"}}, "has no profile"),
        ({"says": {"GetProfiles": "<Fault><Reason><Text>\x7fno</Text></Reason></Fault>"}},
         "does not answer as ONVIF has it: its answer is a fault (?no)"),
        ({"says": {"GetCapabilities": "<x/>"}}, "has no media service"),
        ({"media": "http://192.0.2.7/media"},
         "its ONVIF address is another host, which is not asked (http://192.0.2.7/media)"),
        ({"media": "http://localhost/media"},
         "its ONVIF address is another host, which is not asked (http://localhost/media)"),
    ],
)  # fmt: skip
def test_each_wrong_answer_has_its_own_words(how: dict[str, Any], problem: str) -> None:
    said = told(camera(**how))
    assert (said["kind"], said["problem"], said["streams"]) == ("failed", problem, [])
    assert said["fix"]


UNFIT = "its address is not rtsp://HOST[:PORT]/PATH without user and password"


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        ("rtsp://192.0.2.7/x", "its address is that of another host (192.0.2.7)"),
        ("rtsp://admin:secret@{host}/x", UNFIT),
        ("rtsp://{host}/user=admin_password=secret_1", UNFIT),
        ("http://{host}/x", UNFIT),
        ("rtsp://{host}/\u00e9", UNFIT),
        ("", UNFIT),
    ],
)  # fmt: skip
def test_stream_whose_address_cannot_be_used_says_so(stream: str, problem: str) -> None:
    said = told(camera(stream=stream))
    assert {shown["problem"] for shown in said["streams"]} == {problem}
    assert "secret" not in repr(said)


def test_silent_camera_ends_in_time() -> None:
    assert told(camera(silent=True), within_s=0.5)["problem"] == "does not answer as ONVIF has it: no answer in time"


def raw(answer: bytes, within_s: float = ENOUGH_S) -> str:
    """What is said of a camera that sends this, a byte at a time, and keeps the connection."""
    over = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            try:
                for byte in answer:
                    connection.sendall(bytes([byte]))
            except OSError:
                return
            over.wait()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        try:
            return repr(http.post(address, "a", b"<x/>", time.monotonic() + within_s))
        except Exception as error:  # noqa: BLE001 - what is looked at
            return f"{type(error).__name__}: {error}"
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<x/>", "(200, b'<x/>')"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<x/>\r\n0\r\n\r\n", "(200, b'<x/>')"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.7/\r\nContent-Length: 0\r\n\r\n", "(302, b'')"),
        (b"RTSP/1.0 200 OK\r\n\r\n", "AnswerError: is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n<x/>", "AnswerError: is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "AnswerError: is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "AnswerError: is not HTTP"),
    ],
    ids=["length", "chunks", "redirect", "RTSP", "negative chunk", "no chunk", "headers"],
)
def test_http(answer: bytes, said: str) -> None:
    assert raw(answer) == said


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<x/>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999\r\n\r\n<x/>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n<x/>",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 9,
        b"HTTP/1.1 200 OK\r\nX: ",
        b"",
    ],
    ids=["short", "long", "long chunk", "continue", "cut off", "nothing"],
)
def test_http_that_does_not_end_is_left(answer: bytes) -> None:
    assert raw(answer, 0.5).startswith("TimeoutError")


def test_http_without_end_is_left_after_256_kb() -> None:
    said = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60_000, patient(20))
    assert said == "AnswerError: is longer than 256 KB"
