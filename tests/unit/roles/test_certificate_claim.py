"""When few days left are a finding: where nobody renews for sure."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from envivo.inventory import Host
from envivo.remote import RemoteShell
from envivo.roles.certificates.checks import certificate
from envivo.roles.role import Target
from envivo.verify.findings import Finding
from tests.unit.probes.authority import Authority
from tests.unit.probes.test_tls import showing, taking
from tests.unit.settings.environments import DOMAIN, one_machine
from tests.unit.settings.hosts import context


@pytest.mark.parametrize(
    ("issuer", "days", "left", "found"),
    [
        ("files", 15, "15 days left", []),
        ("files", 13, "13 days left", [f"{DOMAIN} has 13 days left and was not renewed"]),
        ("files", 0, "expires today", [f"{DOMAIN} expires today and was not renewed"]),
        ("acme", 13, "13 days left", []),
    ],
)
def test_few_days_left_of_an_authority_of_ones_own(
    tmp_path: Path, issuer: str, days: int, left: str, found: list[str]
) -> None:
    authority = Authority(tmp_path / "ours", "Our authority")
    pair = authority.pair(DOMAIN, ends=timedelta(days, 60))
    tls: dict[str, Any] = {"issuer": issuer, "root": authority.file.read_text()}
    if issuer == "files":
        tls |= {"certificate": pair.certificate.read_text(), "key": pair.key.read_text()}
    host = Host("media1", ("media", "prod"), {})
    settings = one_machine(web={"tls": tls})
    shell = RemoteShell(host)
    target = Target("127.0.0.1", None, shell, context(settings, ["media"]), authority=authority.file)

    with taking(showing(pair)) as port:
        said = list(certificate(target, "127.0.0.1", port, DOMAIN))

    findings = [finding for finding in said if isinstance(finding, Finding)]
    assert {finding.code for finding in findings} <= {"certificate-ends"}
    assert [finding.message.replace(f":{port}", "") for finding in findings] == [
        f"the certificate at {what}" for what in found
    ]
    assert left in str(said[-1])
