"""HTTP with bounds: a network that lets nothing out is noticed within seconds, once per host."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from envivo.artifacts.sources import UnavailableError, Watcher

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
"""For name, connection and headers together: resolvers and hosts with many addresses multiply the connect timeout."""
READ_SECONDS = 30.0
_CHUNK = 1 << 18


class HttpSession:
    """One run's HTTP session; raises UnavailableError for whatever the network or the server does not grant."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.headers["Accept-Encoding"] = "identity"
        self._silent: dict[str, str] = {}

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """The answer to GET, whatever its status, with its body not yet read."""
        host = urlsplit(url).netloc
        if host in self._silent:
            raise UnavailableError(self._silent[host])
        answer: SimpleQueue[requests.Response | requests.RequestException] = SimpleQueue()
        Thread(target=self._ask, args=(url, headers, answer), daemon=True).start()
        try:
            response = answer.get(timeout=ANSWER_SECONDS)
        except Empty:
            response = requests.Timeout(f"no answer within {ANSWER_SECONDS:g} s")
        if isinstance(response, requests.RequestException):
            reason = f"{host}: {cause(response)}"
            self._silent[host] = reason
            raise UnavailableError(reason) from response
        return response

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Like `get`; raises UnavailableError unless the status is 2xx."""
        response = self.get(url, headers)
        if not response.ok:
            response.close()
            raise UnavailableError(f"{url}: {response.status_code} {response.reason}")
        return response

    def _ask(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        answer: "SimpleQueue[requests.Response | requests.RequestException]",
    ) -> None:
        try:
            answer.put(self._session.get(url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)))
        except requests.RequestException as error:
            answer.put(error)


def save(response: requests.Response, target: Path, watcher: Watcher) -> str:
    """Write the body to a file; its sha256. Raises UnavailableError when the body ends early."""
    total = int(response.headers["Content-Length"]) if "Content-Length" in response.headers else None
    digest, done = hashlib.sha256(), 0
    try:
        with response, target.open("wb") as file:
            # Some servers label a .gz file as an encoding; what is pinned are its bytes as they lie there.
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                watcher.size(done, total)
    except HTTPError as error:
        raise _broken_off(response, f"after {done}{'' if total is None else f' of {total}'} bytes", error) from error
    return digest.hexdigest()


def read(response: requests.Response) -> bytes:
    """The body of a small document. Raises UnavailableError when it ends early."""
    try:
        with response:
            return bytes(response.content)
    except requests.RequestException as error:
        raise _broken_off(response, "before the whole answer had arrived", error) from error


def _broken_off(response: requests.Response, where: str, error: Exception) -> UnavailableError:
    address = response.url.partition("?")[0]  # behind a redirect the query may be a signature
    return UnavailableError(f"{address}: the connection ended {where} ({cause(error)})")


def cause(error: BaseException) -> str:
    """The innermost reason of an error that libraries wrapped, in a few words."""
    inner = _wrapped(error)
    if inner is not None:
        return cause(inner)
    strerror = getattr(error, "strerror", None)
    return strerror if isinstance(strerror, str) else str(error) or type(error).__name__


def _wrapped(error: BaseException) -> BaseException | None:
    named = getattr(error, "reason", None)
    if isinstance(named, BaseException):
        return named
    return next((a for a in error.args if isinstance(a, BaseException)), None) or error.__cause__ or error.__context__
