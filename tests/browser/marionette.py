"""Firefox by its own protocol, Marionette: Debian has no geckodriver, and Mozilla's client needs Python before 3.13."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.patience import patient, until
from tests.unit.ports import free_ports

PROGRAM = "/usr/bin/firefox-esr"


class Firefox:
    """Commands: https://searchfox.org/firefox-main/source/remote/marionette/driver.sys.mjs"""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._receive()  # who it is
        self._number = 0
        self.ask("WebDriver:NewSession")
        self.ask("WebDriver:SetTimeouts", script=patient(100) * 1000)

    def _receive(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) != b":":
            assert digit, "Firefox has hung up"
            length += digit
        return json.loads(self._stream.read(int(length)))

    def ask(self, command: str, **parameters: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._stream.write(b"%d:%b" % (len(message), message))
        self._stream.flush()
        _, number, error, result = self._receive()
        assert number == self._number
        assert error is None, f"{command}: {error}"
        return result

    def open(self, url: str) -> None:
        self.ask("WebDriver:Navigate", url=url)

    def run(self, script: str) -> Any:
        return self.ask("WebDriver:ExecuteScript", script=script, args=[], sandbox=None)["value"]

    def later(self, script: str, *arguments: Any) -> Any:
        """What the script gives to the function that is its last argument."""
        return self.ask("WebDriver:ExecuteAsyncScript", script=script, args=arguments, sandbox=None)["value"]

    def holds(self, what: str) -> None:
        """Wait until something is true in the page."""
        if not until(bool, lambda: self.run(f"return Boolean({what})"), 25):
            raise AssertionError(f"{what}: {self.run('return document.body.innerText')}")

    def click(self, selector: str) -> None:
        found = self.ask("WebDriver:FindElement", using="css selector", value=selector)
        self.ask("WebDriver:ElementClick", id=next(iter(found["value"].values())))


@contextmanager
def firefox(profile: Path, preferences: dict[str, bool | int | str], gmp: str = "") -> Iterator[Firefox]:
    """A Firefox without a window. `gmp`: a folder with a plug-in of Firefox's own kind."""
    (port,) = free_ports(1)
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in preferences.items()]
    (profile / "user.js").write_text("\n".join([*lines, f'user_pref("marionette.port", {port});']))
    command = (PROGRAM, "--headless", "--marionette", "--no-remote", "--profile", str(profile))
    with subprocess.Popen(command, env={**os.environ, "MOZ_GMP_PATH": gmp}, stderr=subprocess.DEVNULL) as process:

        def connected() -> socket.socket | None:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=patient(120))
            except OSError:
                return None

        connection = until(bool, connected, 30)
        try:
            assert connection, "Firefox does not listen"
            yield Firefox(connection)
        finally:
            process.terminate()
