"""What the agent tells others: systemd, and what the kernel tells it about the server."""

import os
import socket
import struct
from pathlib import Path

import pytest
from envivo_agent import notify, tcp_acks


@pytest.mark.parametrize(
    ("environment", "interval"),
    [({"WATCHDOG_USEC": "20000000"}, pytest.approx(6.67, abs=0.01)), ({}, None), ({"WATCHDOG_USEC": "0"}, None)],
)
def test_watchdog_is_fed_three_times_as_often_as_asked(environment: dict[str, str], interval: object) -> None:
    assert notify.watchdog_interval_s(environment) == interval


def test_notify_message_cannot_be_extended_by_a_value() -> None:
    assert notify.message(READY="1", STATUS="live\nMAINPID=1") == b"READY=1\nSTATUS=live MAINPID=1"


@pytest.mark.parametrize("abstract", [False, True])
def test_notify_reaches_the_service_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    address = f"@envivo-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0", 1))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify.notify(WATCHDOG="1")
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "/nonexistent/notify"])
def test_notify_without_a_service_manager_is_silent(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify.notify(WATCHDOG="1")


def test_acknowledged_counts_what_the_peer_took() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert tcp_acks.acknowledged(port) is None
        with socket.create_connection(("127.0.0.1", port)) as sender, server.accept()[0] as receiver:
            sender.sendall(b"x" * 5000)
            received = 0
            while received < 5000:
                received += len(receiver.recv(5000))
            counted = tcp_acks.acknowledged(port)
    assert counted is not None
    assert counted >= 5000


def test_acknowledged_of_an_old_kernel_is_unknown() -> None:
    assert tcp_acks.bytes_acked(b"\0" * 104) is None
    assert tcp_acks.bytes_acked(b"\0" * 120 + struct.pack("=Q", 77)) == 77
