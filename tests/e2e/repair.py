"""Breaks deployed hosts by hand and looks at how verify and deploy take it."""

import json
from collections.abc import Sequence

from tests.e2e.drifts import Drift
from tests.e2e.lab import Lab


def assert_repaired(lab: Lab, drifts: Sequence[Drift]) -> None:
    """Verify is silent, names each of the drifts once they are there, and is silent after one deploy."""
    lab.verified()
    hosts = {
        "media": lab.media,
        "camera": lab.camera,
        "turn": next((one for one in lab.hosts if "turn" in one), lab.media),
    }
    for drift in drifts:
        lab.run(hosts[drift.host], drift.how)

    findings = json.loads(lab.verify("--json").stdout)["findings"]

    for drift in drifts:
        host = hosts[drift.host]
        named = [one for one in findings if one["host"] == host and drift.said in one["message"]]
        assert len(named) == 1, (drift, findings)
    assert len([one for one in findings if one["code"] == "drift"]) <= len(drifts), findings
    # what one operation puts right, such as the certificates of all services, another one need not
    assert set(lab.deploy()) & {drift.operation for drift in drifts}
    lab.verified()
    assert lab.deploy() == {}
