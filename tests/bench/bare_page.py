"""A page in Chromium that Playwright does not watch.

Of a page of its own Playwright records every request; with two processors that keeps a connection back by a third
(docs/evidence/viewer.md), which no viewer pays. Here the browser is told by its own protocol, in a context of its own.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from playwright.sync_api import Browser, CDPSession

from envivo.core.errors import EnvivoError
from envivo.core.polling import until

LOOK_S = 0.1


class BarePage:
    """A tab that was attached to by `session`, asked over the browser's own connection."""

    def __init__(self, cdp: CDPSession, session: str) -> None:
        self._cdp = cdp
        self._session = session
        self._numbers = count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        cdp.on("Target.receivedMessageFromTarget", self._take)

    def _take(self, event: Mapping[str, Any]) -> None:
        message = json.loads(event["message"])
        if event["sessionId"] == self._session and "id" in message:
            self._answers[message["id"]] = message

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = json.dumps({"id": number, "method": method, "params": parameters})
        self._cdp.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": message})
        while number not in self._answers:
            self._cdp.send("Browser.getVersion")  # Playwright hears of events while it waits for an answer
        result: dict[str, Any] = self._answers.pop(number)["result"]
        return result

    def goto(self, url: str) -> None:
        self._send("Page.navigate", url=url)

    def evaluate(self, function: str) -> Any:
        answer = self._send("Runtime.evaluate", expression=f"({function})()", returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, function: str, within_s: float) -> None:
        """Raises EnvivoError when the function does not return true in time."""
        if not until(bool, lambda: self.evaluate(function), within_s, LOOK_S):
            raise EnvivoError("the page", f"was not ready within {within_s:g} s", function)


@contextmanager
def bare_page(browser: Browser) -> Iterator[BarePage]:
    """In a context of its own: with an empty cache."""
    cdp = browser.new_browser_cdp_session()
    context = cdp.send("Target.createBrowserContext")["browserContextId"]
    try:
        size = {"width": 1280, "height": 800}
        where = {"url": "about:blank", "browserContextId": context, **size}
        target = cdp.send("Target.createTarget", where)["targetId"]
        session = cdp.send("Target.attachToTarget", {"targetId": target, "flatten": False})["sessionId"]
        yield BarePage(cdp, session)
    finally:
        cdp.send("Target.disposeBrowserContext", {"browserContextId": context})
        cdp.detach()
