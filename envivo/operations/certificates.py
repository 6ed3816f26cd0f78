"""Certificates on a host: a temporary one to start services with, then the real one once it was issued."""

import shlex
from collections.abc import Generator, Sequence

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.keeping import keep
from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, because
from envivo.operations.strays import claim
from envivo.render import render
from envivo.state.desired import RequiredCertificate


def _good(needed: RequiredCertificate) -> str:
    """A shell test: the certificate is the one that the present authority issued, for the name, and not expired."""
    file, source = shlex.quote(needed.certificate), shlex.quote(needed.source)
    look = f"openssl x509 -in {file} -noout"
    return (
        f"{{ timeout 5 cmp -s {source} {file} && {look} -checkend 0 >/dev/null 2>&1 "
        f"&& {look} -checkhost {needed.name} | grep -q 'does match'; }}"
    )


class MissingCertificates(FactBase[dict[str, str]]):
    """File -> `absent` or `wrong`, of certificates that are not good."""

    @staticmethod
    def default() -> dict[str, str]:
        return {}

    def command(self, needed: list[RequiredCertificate]) -> str:
        return "; ".join(
            f"if [ ! -s {required.certificate} ]; then echo 'absent {required.certificate}'; "
            f"elif ! {_good(required)}; then echo 'wrong {required.certificate}'; fi"
            for required in needed
        )

    def process(self, output: list[str]) -> dict[str, str]:
        return {file: state for state, _, file in (line.partition(" ") for line in output) if file}


def deviations(needed: Sequence[RequiredCertificate], missing: dict[str, str]) -> list[Difference]:
    what = {"absent": "is missing", "wrong": "is not the authority's certificate for {name}"}
    return [
        Difference(required.certificate, what[missing[required.certificate]].format(name=required.name))
        for required in needed
        if required.certificate in missing
    ]


@operation()
def ensure_temporary(needed: Sequence[RequiredCertificate], script: str) -> Generator[StringCommand, None, None]:
    """Each service has a certificate file: the issued one, or until then one that no client trusts."""
    claim(host, [required.certificate.rpartition("/")[0] for required in needed])
    files = shlex.join(required.certificate for required in needed)
    keep(host, [], f"for certificate in {files}; do [ -s $certificate ] || {script}; done" if needed else "")
    missing = host.get_fact(MissingCertificates, needed=list(needed))
    if host_failed():
        return
    if missing:
        because(host, deviations(needed, missing))
        yield StringCommand(script)
    else:
        host.noop("each service has a certificate to start with")


def wait_script(needed: Sequence[RequiredCertificate], script: str, reason: str, within_s: int) -> str:
    """A script that waits until all are good, or fails with what the command `reason` prints."""
    return render(
        "operations/wait-certificates.sh.j2", needed=needed, good=_good, script=script, reason=reason, within_s=within_s
    ).rstrip("\n")


@operation()
def wait_until_issued(
    needed: Sequence[RequiredCertificate], script: str, reason: str, within_s: int
) -> Generator[StringCommand, None, None]:
    """Each service has a certificate of the authority; waits at most `within_s` seconds for those to be issued."""
    missing = host.get_fact(MissingCertificates, needed=list(needed))
    if host_failed():
        return
    if missing:
        because(host, deviations(needed, missing))
        host.log(f"waiting for certificates, at most {within_s} s")
        yield StringCommand(wait_script(needed, script, reason, within_s))
    else:
        host.noop("all certificates are there")
