"""What stands between a page and the origin in tests: somebody who asks for a password, or files that are not there."""

import base64
import re

from playwright.sync_api import Page, Route

from .answers import OWN

USER, PASSWORD = "señal", "contraseña:1"
KEY = "envivo.viewer"
"""Of sessionStorage: where a page keeps them (docs/explanation/player.md#user-and-password)."""


def basic(user: str = USER, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def lock(page: Page, asked: re.Pattern[str]) -> list[str | None]:
    """Answers 401 until the right user and password are said. Returns what each request says, as it comes."""
    said: list[str | None] = []

    def judge(route: Route) -> None:
        said.append(route.request.headers.get("authorization"))
        if said[-1] == basic():
            route.continue_()
        else:
            route.fulfill(status=401, headers=OWN)

    page.route(asked, judge)
    return said


def serve(page: Page, asked: re.Pattern[str], body: bytes) -> list[str]:
    """Serves a file by ranges, as Caddy does. Returns the ranges that are asked for, as they come."""
    asked_for: list[str] = []

    def answer(route: Route) -> None:
        asked_for.append(route.request.headers.get("range", ""))
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", asked_for[-1])
        assert match, f"no range: {asked_for[-1]}"
        first, last = int(match[1]), min(int(match[2]), len(body) - 1)
        if first >= len(body):
            route.fulfill(status=416, headers=OWN)
            return
        headers = {"content-range": f"bytes {first}-{last}/{len(body)}", "content-type": "video/mp4"}
        route.fulfill(status=206, headers=headers, body=body[first : last + 1])

    page.route(asked, answer)
    return asked_for
