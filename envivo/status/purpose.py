"""Overview without consequences of what a person stopped. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from envivo.status.rows import Notice, Row
from envivo.verify.findings import Finding, without_echoes


def left(findings: Sequence[Finding], notices: Sequence[Notice]) -> list[Finding]:
    """Findings that do not follow from a notice, each about one thing once."""
    silenced = {code for notice in notices for code in notice.silences}
    silenced |= {code for finding in findings for code in finding.silences}
    said = [Finding(notice.host, code="", message=notice.message, fix=notice.fix) for notice in notices]
    kept = without_echoes([*said, *(finding for finding in findings if finding.code not in silenced)])
    return [finding for finding in kept if finding not in said]


def held(rows: Sequence[Row], notices: Sequence[Notice]) -> list[Row]:
    """What is bad because of a notice is held."""
    silenced = {code for notice in notices for code in notice.silences}
    stopped = {notice.program for notice in notices if notice.program}
    return [
        replace(row, mood="held") if row.mood == "bad" and (row.code in silenced or row.name in stopped) else row
        for row in rows
    ]
