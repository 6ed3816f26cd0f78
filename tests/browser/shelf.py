"""A server of this checkout's pages and one made-up recording, for a browser that asks the test nothing."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .answers import OWN
from .jumps import NOON, name
from .recording import LENGTH

PLAYER = Path(__file__).parents[2] / "player"


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, body: bytes, *rest: object) -> None:
        self.body = body
        super().__init__(*rest, directory=str(PLAYER))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self.path.startswith("/web/"):
            self.path = self.path.removeprefix("/web")
            super().do_GET()
        elif self.path == "/api/paths":
            self._answer(200, b"[]")
        elif self.path.endswith(".mp4"):
            self._ranged()
        else:
            changed = (NOON + LENGTH).isoformat()
            entry = {"name": name(NOON), "size": len(self.body), "is_dir": False, "mod_time": changed}
            self._answer(200, json.dumps([entry]).encode())

    def _ranged(self) -> None:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["range"] or "")
        first, last = (int(match[1]), int(match[2])) if match else (0, len(self.body))
        part = self.body[first : last + 1]
        known = f"bytes {first}-{first + len(part) - 1}/{len(self.body)}"
        self._answer(206 if part else 416, part, {"Content-Range": known, "Content-Type": "video/mp4"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **OWN,
            **(headers or {}),
        }.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def shelf(body: bytes) -> Iterator[str]:
    """Its origin; `/web/recordings.html` lists the recording under the path `webcam`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, body))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
