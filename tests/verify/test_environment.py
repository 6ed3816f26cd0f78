"""One test for each claim about each host; what is claimed: roles/*/checks.py."""

import pytest

from envivo.verify.engine import Check, Result


def test_claim_holds(check: Check, results: dict[Check, Result], env: str) -> None:
    result = results[check]
    if result.blocked_by:
        pytest.skip(f"not tried, because not: {result.blocked_by}")
    if result.findings:
        pytest.fail("\n".join(str(finding.of(env)) for finding in result.findings), pytrace=False)
