"""An SSH server on loopback that runs commands on this machine, and a gateway to others: `python ssh_server.py`.

Prints its port. Anybody may log in, with the password `test` or any key.
"""

import socket
import subprocess
import sys
import threading
from typing import IO

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED


class Server(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return AUTH_SUCCESSFUL if password == "test" else AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=execute, args=(channel, command.decode()), daemon=True).start()
        return True

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        self.destination = destination
        return OPEN_SUCCEEDED


def execute(channel: paramiko.Channel, command: str) -> None:
    pipe = subprocess.PIPE
    process = subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)

    def pass_on(stream: IO[bytes] | None, send: object) -> None:
        assert stream is not None and callable(send)
        while chunk := stream.read1(4096):  # type: ignore[attr-defined]
            send(chunk)

    errors = threading.Thread(target=pass_on, args=(process.stderr, channel.sendall_stderr), daemon=True)
    errors.start()
    pass_on(process.stdout, channel.sendall)
    errors.join()
    channel.send_exit_status(process.wait())
    channel.close()


def forward(channel: paramiko.Channel, destination: tuple[str, int]) -> None:
    there = socket.create_connection(destination)

    def back() -> None:
        while chunk := there.recv(4096):
            channel.sendall(chunk)
        channel.close()

    threading.Thread(target=back, daemon=True).start()
    while chunk := channel.recv(4096):
        there.sendall(chunk)
    there.close()


def serve(connection: socket.socket, key: paramiko.PKey) -> None:
    transport, server = paramiko.Transport(connection), Server()
    transport.add_server_key(key)
    transport.start_server(server=server)
    while transport.is_active():
        channel = transport.accept(1)
        if channel is not None and hasattr(server, "destination"):
            threading.Thread(target=forward, args=(channel, server.destination), daemon=True).start()


def main(address: str) -> None:
    key = paramiko.ECDSAKey.generate()
    with socket.create_server((address, 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=serve, args=(connection, key), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "127.0.0.1")
