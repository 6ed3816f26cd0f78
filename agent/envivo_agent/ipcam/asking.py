"""What an IP camera answers when it is asked for its stream: DESCRIBE over TCP, before anything is published."""

from __future__ import annotations

import secrets
import socket
import time

from envivo_agent.config import Source
from envivo_agent.faults import CAMERA, FIX_PATH, CameraError, Fault
from envivo_agent.ipcam import rtsp
from envivo_agent.ipcam.plain import plain
from envivo_agent.ipcam.rtsp import HEADERS_END, LONGEST_HEAD, UNAUTHORIZED, Answer, Challenge
from envivo_agent.ipcam.sdp import Track, tracks

LIMIT_S = 5.0
"""Seconds for all questions together."""
_LONGEST = 65536
_METHOD = "DESCRIBE"
_LOGINS = 2
"""How often the password is sent: once more only where the camera says that its challenge was too old."""


def _fault(text: str, fix: str, lasting: bool = False) -> CameraError:
    return CameraError(Fault(CAMERA, text, fix, lasting=lasting))


def refusal(answer: Answer, source: Source) -> CameraError | None:
    """What an answer that is not 200 means; None for one that is."""
    place, code = source.place, answer.code
    if code == 200:
        return None
    if code in (UNAUTHORIZED, 403):
        if not source.user:
            return _fault(f"{place} wants a user and a password ({code})", "set user and password of this camera", True)
        # many cameras lock their user after a few wrong tries: the pause grows
        text = f"{place} refuses the user or the password ({code})"
        return _fault(text, "fix user and password; the camera may have locked the user for a while", True)
    # cameras refuse a path that they do not know with 404, or with 400, 410, 451, 454; MediaMTX with 400
    if code == 404:
        return _fault(f"{place}: the camera has no such stream (404)", FIX_PATH)
    if 300 <= code < 400:
        return _fault(f"{place} has moved ({code})", "set url to its new address", True)
    if code in (453, 503):
        return _fault(f"{place} is busy ({code})", "end other viewers of the camera: it serves only a few")
    said = f"{code} {answer.reason}".rstrip()
    if 400 <= code < 500:
        return _fault(f"{place}: the camera does not accept this path ({said})", FIX_PATH)
    return _fault(f"{place} answers {said}", "see the camera's own page and its log")


def _place(source: Source) -> str:
    host, port = source.server
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Connection:
    """To one camera, until a moment of the monotonic clock."""

    def __init__(self, source: Source, until: float) -> None:
        """Raises OSError, CameraError where nobody takes the connection."""
        self._source, self._until = source, until
        self._number = 0
        try:
            self._socket = socket.create_connection(source.server, self._left())
        except TimeoutError:
            fix = "see that the camera has power and network, and that url is its address"
            raise _fault(f"{_place(source)} does not answer", fix) from None

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def ask(self, *lines: str) -> Answer | None:
        """None where the answer is not RTSP. Raises OSError, EOFError where the camera hangs up."""
        self._number += 1
        question = rtsp.request(_METHOD, self._source.url, self._number, "Accept: application/sdp", *lines)
        self._socket.settimeout(self._left())
        self._socket.sendall(question)
        data = b""
        while HEADERS_END not in data:
            data += self._more(data, LONGEST_HEAD)
            if not b"RTSP/".startswith(data[:5]) and not data.startswith(b"RTSP/"):
                return None
        head = data.partition(HEADERS_END)[0]
        if len(head) > LONGEST_HEAD:
            raise EOFError
        length = len(head) + len(HEADERS_END) + rtsp.body_length(head)
        while len(data) < length:
            data += self._more(data, _LONGEST)
        return rtsp.answer(data[:length])

    def _more(self, so_far: bytes, limit: int) -> bytes:
        if len(so_far) > limit:
            raise EOFError
        self._socket.settimeout(self._left())
        data = self._socket.recv(4096)
        if not data:
            raise EOFError
        return data

    def close(self) -> None:
        self._socket.close()


def _login(source: Source, asked: Challenge) -> str:
    """The header. Raises CameraError."""
    if asked.foreign:
        text = f"{source.place} wants a login that GStreamer does not support (digest {plain(asked.foreign)})"
        raise _fault(text, "in the camera's settings, set RTSP authentication to digest with MD5, or to basic", True)
    return rtsp.authorization(asked, _METHOD, source.url, source.user, source.password, secrets.token_hex(8))


def _asked(source: Source, until: float, login: str = "", logins: int = _LOGINS) -> Answer | None:
    """`login`: header with the password, of an earlier connection; `logins`: how many more may follow."""
    connection = _Connection(source, until)
    try:
        answer = connection.ask(*([login] if login else ()))
        while answer and answer.code == UNAUTHORIZED and source.user and logins:
            asked = rtsp.challenge(answer)
            if not asked or (login and not asked.stale):
                break
            login, logins = _login(source, asked), logins - 1
            try:
                answer = connection.ask(login)
            except (ConnectionError, EOFError):
                return _asked(source, until, login, logins)  # one that hangs up after each refusal
        return answer
    finally:
        connection.close()


def ask(source: Source, limit_s: float = LIMIT_S) -> list[Track]:
    """What the camera announces. Raises CameraError."""
    place, (host, _) = _place(source), source.server
    try:
        answer = _asked(source, time.monotonic() + limit_s)
    except socket.gaierror:
        raise _fault(f"the name {host} is not known", "use one that resolves on this host, or an address") from None
    except ConnectionRefusedError:
        fix = "switch RTSP on in the camera, or fix host and port of url"
        raise _fault(f"nothing listens at {place}", fix) from None
    except TimeoutError:
        text = f"{place} takes the connection, but does not answer"
        raise _fault(text, "restart the camera, unless another device has its address") from None
    except (ConnectionError, EOFError):
        raise _fault(f"{place} ends the connection without an answer", "restart the camera") from None
    except OSError as error:
        fix = "see the network to the camera, or fix url"
        raise _fault(f"no connection to {place} ({error.strerror})", fix) from None
    if answer is None:
        raise _fault(f"{place} does not speak RTSP", "set url to the camera's RTSP port, most often 554", True)
    if refused := refusal(answer, source):
        raise refused
    return tracks(answer.body)
