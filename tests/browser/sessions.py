"""A WHEP session seen from outside the browser. Its URL is its only key."""

import requests

from tests.patience import patient, until

GONE_WITHIN_S = 10


def lives(session: str) -> bool:
    """Asks with an empty PATCH: 204 = lives, 404 = gone."""
    headers = {"content-type": "application/trickle-ice-sdpfrag", "if-match": "*"}
    answer = requests.patch(session, headers=headers, timeout=patient(5))
    assert answer.status_code in (204, 404), f"{session}: {answer.status_code} {answer.text}"
    return answer.status_code == 204


def wait_until_gone(session: str, end_it: bool = False) -> None:
    if end_it:
        requests.delete(session, timeout=patient(5)).raise_for_status()
    assert not until(lambda there: not there, lambda: lives(session), GONE_WITHIN_S, 0.2), f"{session} still lives"
