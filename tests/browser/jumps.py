"""A list of recordings that the test makes up, and jumps in one of them."""

import os
import random
import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator

from .guard import serve
from .recording import LENGTH
from .viewer import PATH, Viewer

LISTING = re.compile(rf"/recordings/{PATH}/(\?.*)?$")
FILES = re.compile(rf"/recordings/{PATH}/.+\.mp4$")
# Jumps to each place in turn, from a `hurried` one while it is still being loaded. Resolves with those that were not
# played: what was asked for, what should play, what `currentTime` said, what the picture said.
JUMP = """
async ([places, patienceMs]) => {
  const {stripReader} = await import('/web/js/stats/timestamp_strip.js');
  const video = document.querySelector('video');
  const read = stripReader(video);
  const pause = ms => new Promise(done => setTimeout(done, ms));
  const wrong = [];
  for (const {at, plays, hurried} of places) {
    const from = performance.now();
    video.currentTime = at;
    if (hurried) {
      await pause(hurried);
      continue;
    }
    let shown = null;
    const there = () => {
      shown = read() / 1000;
      const late = video.currentTime - plays;
      const most = (performance.now() - from) / 1000 + 0.5;
      return !video.seeking && late > 0.2 && late < most && Math.abs(video.currentTime - shown) < 0.7;
    };
    while (!there() && performance.now() - from < patienceMs) await pause(20);
    if (!there()) wrong.push([at, plays, video.currentTime, shown]);
  }
  return wrong;
}
"""


def name(begin: datetime) -> str:
    return f"{begin:%Y-%m-%d_%H-%M-%S}-000000Z.mp4"


NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)


def list_instead(viewer: Viewer, *files: tuple[datetime, int]) -> None:
    """A listing of these files, (begin, size), each of that length."""
    entries = [
        {"name": name(begin), "size": size, "is_dir": False, "mod_time": (begin + LENGTH).isoformat()}
        for begin, size in files
    ]
    viewer.page.route(LISTING, lambda route: route.fulfill(json=entries))


def rows(viewer: Viewer) -> Locator:
    return viewer.page.locator(".segments li[data-state]")


def wait_for(viewer: Viewer, what: str) -> None:
    viewer.page.wait_for_function(f"() => {{ const video = document.querySelector('video'); return {what} }}")


def places_in(seconds: int, count: int, hole: tuple[int, int] = (0, 0)) -> list[dict[str, float]]:
    """Places to jump to, near and far, 200 s and 20 s first; `hurried`: ms until the next, 0 for one that plays."""
    seed = int(os.environ.get("ENVIVO_SEED") or random.randrange(10**6))  # noqa: S311 - printed, to be repeated
    print(f"ENVIVO_SEED={seed}")
    chance = random.Random(seed)  # noqa: S311
    wanted = [200.0, 20.0]
    while len(wanted) < count:
        near = wanted[-1] + chance.uniform(-15, 15)
        at = near if chance.random() < 0.3 else chance.uniform(0, seconds)
        wanted.append(round(min(max(at, 0), seconds - 5), 2))
    begin, end = hole
    return [
        {
            "at": at,
            "plays": end if begin <= at < end else at,
            "hurried": chance.choice((0, 0, chance.uniform(1, 300))) if 1 < number < count - 1 else 0,
        }
        for number, at in enumerate(wanted)
    ]


def play_made(viewer: Viewer, body: bytes) -> None:
    list_instead(viewer, (NOON, len(body)))
    serve(viewer.page, FILES, body)
    viewer.open("recordings.html")
    rows(viewer).first.get_by_role("button").click()
    wait_for(viewer, "video.currentTime > 0.5")
