"""What Chromium really sent and was answered, from its own log (`--log-net-log=FILE`, complete once it has ended).

The only witness of a request that is sent while its page is being left.
"""

import json
from pathlib import Path


def answers(log: Path) -> list[tuple[str, str, int]]:
    """(method, URL, status) of every request that was answered, in the order of the answers."""
    record = json.loads(log.read_text())
    kinds = {number: name for name, number in record["constants"]["logEventTypes"].items()}
    asked: dict[int, tuple[str, str]] = {}
    answered = []
    for event in record["events"]:
        source, given = event["source"]["id"], event.get("params", {})
        if kinds[event["type"]] == "URL_REQUEST_START_JOB" and "method" in given:
            asked[source] = (given["method"], given["url"])
        elif kinds[event["type"]] == "HTTP_TRANSACTION_READ_RESPONSE_HEADERS" and source in asked:
            answered.append((*asked[source], int(given["headers"][0].split()[1])))
    return answered
