"""Breaks deployed hosts by hand and looks at how verify and deploy take it."""

import json
from collections.abc import Sequence

from tests.e2e.drifts import Drift
from tests.e2e.lab import Lab
from tests.patience import until

Findings = list[dict[str, str]]


def assert_repaired(lab: Lab, drifts: Sequence[Drift]) -> None:
    """Verify is silent, names each of the drifts once they are there, and is silent after one deploy.

    Of what is changed by a signal, and where its probes lack time, a first look may see too little.
    """
    lab.verified()
    hosts = {
        "media": lab.media,
        "camera": lab.camera,
        "turn": next((one for one in lab.hosts if "turn" in one), lab.media),
    }
    for drift in drifts:
        lab.run(hosts[drift.host], drift.how)

    def named(findings: Findings) -> dict[Drift, int]:
        return {
            drift: sum(one["host"] == hosts[drift.host] and drift.said in one["message"] for one in findings)
            for drift in drifts
        }

    def found() -> Findings:
        findings: Findings = json.loads(lab.verify("--json").stdout)["findings"]
        return findings

    once = dict.fromkeys(drifts, 1)
    findings = until(lambda findings: named(findings) == once, found, 60, 0)

    assert named(findings) == once, findings
    assert len([one for one in findings if one["code"] == "drift"]) <= len(drifts), findings
    # what one operation puts right, such as the certificates of all services, another one need not
    assert set(lab.deploy()) & {drift.operation for drift in drifts}
    lab.verified()
    assert lab.deploy() == {}
