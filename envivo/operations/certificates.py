"""Certificates on a host: something to start with, and the real one once the service that obtains it runs."""

import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import given_up
from envivo.operations.reasons import Difference, because
from envivo.operations.strays import claim
from envivo.state.desired import RequiredCertificate


def _good(needed: RequiredCertificate) -> str:
    """A test for one that a viewer can be shown: what the present authority gave, for the name, not ended."""
    file, source = shlex.quote(needed.certificate), shlex.quote(needed.source)
    look = f"openssl x509 -in {file} -noout"
    return (
        f"{{ timeout 5 cmp -s {source} {file} && {look} -checkend 0 >/dev/null 2>&1 "
        f"&& {look} -checkhost {needed.name} | grep -q 'does match'; }}"
    )


class MissingCertificates(FactBase[dict[str, str]]):
    """File -> `absent` or `provisional` of those that are not good."""

    @staticmethod
    def default() -> dict[str, str]:
        return {}

    def command(self, needed: list[RequiredCertificate]) -> str:
        return "; ".join(
            f"if [ ! -s {one.certificate} ]; then echo 'absent {one.certificate}'; "
            f"elif ! {_good(one)}; then echo 'provisional {one.certificate}'; fi"
            for one in needed
        )

    def process(self, output: list[str]) -> dict[str, str]:
        return {file: state for state, _, file in (line.partition(" ") for line in output) if file}


def deviations(needed: Sequence[RequiredCertificate], missing: dict[str, str]) -> list[Difference]:
    what = {"absent": "is missing", "provisional": "is not what the authority gave for {name}"}
    return [
        Difference(one.certificate, what[missing[one.certificate]].format(name=one.name))
        for one in needed
        if one.certificate in missing
    ]


@operation()
def provisional(needed: Sequence[RequiredCertificate], script: str) -> Generator[StringCommand, None, None]:
    """Every service finds what was obtained for it; until that is there, a certificate that nobody trusts."""
    claim(host, [one.certificate.rpartition("/")[0] for one in needed])
    missing = host.get_fact(MissingCertificates, needed=list(needed))
    if given_up():
        return
    if missing:
        because(host, deviations(needed, missing))
        yield StringCommand(script)
    else:
        host.noop("each service has a certificate to start with")


def wait_script(needed: Sequence[RequiredCertificate], script: str, reason: str, within_s: int) -> str:
    """Waits until all are good; else fails with what `reason`, a command, prints about why not."""
    lines = [f"deadline=$(($(date +%s) + {within_s}))"]
    for one in needed:
        lines += [
            f"until {_good(one)}; do",
            '  if [ "$(date +%s)" -ge $deadline ]; then',
            f'    echo "no certificate for {one.name} within {within_s} s: $({reason})" >&2; exit 1',
            "  fi",
            f"  sleep 0.5; {script} >/dev/null 2>&1 || true",
            "done",
        ]
    return "\n".join(lines)


@operation()
def issued(
    needed: Sequence[RequiredCertificate], script: str, reason: str, within_s: int
) -> Generator[StringCommand, None, None]:
    """Each service has a certificate of the authority; waits for the one that is being asked for."""
    missing = host.get_fact(MissingCertificates, needed=list(needed))
    if given_up():
        return
    if missing:
        because(host, deviations(needed, missing))
        host.log(f"waiting for certificates, at most {within_s} s")
        yield StringCommand(wait_script(needed, script, reason, within_s))
    else:
        host.noop("all certificates are there")
