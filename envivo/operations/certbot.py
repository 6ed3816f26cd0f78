"""A certificate over ACME for a host without a web server of its own; the distribution's timer renews it."""

import shlex
from collections.abc import Generator

from pyinfra import host
from pyinfra.api import FactBase, StringCommand, operation

from envivo.operations.output import host_failed
from envivo.operations.reasons import Difference, because
from envivo.state.desired import Certbot


class CertbotCertificate(FactBase[str]):
    """`valid` where certbot has a certificate of this name from this ACME server that has not expired."""

    @staticmethod
    def default() -> str:
        return ""

    def command(self, domain: str, directory: str) -> str:
        return (
            f"grep -qxF 'server = {directory}' /etc/letsencrypt/renewal/{domain}.conf 2>/dev/null "
            f"&& openssl x509 -in /etc/letsencrypt/live/{domain}/cert.pem -noout -checkend 0 >/dev/null 2>&1 "
            "&& echo valid; true"
        )

    def process(self, output: list[str]) -> str:
        return "".join(output)


def command(wanted: Certbot, hook: str) -> str:
    """The command that obtains the certificate, validated over port 80. It fails with certbot's own reason."""
    account = ["-m", wanted.email] if wanted.email else ["--register-unsafely-without-email"]
    words = ["certbot", "certonly", "--standalone", "--preferred-challenges", "http", "--non-interactive",
             "--agree-tos", "--key-type", "ecdsa", "--force-renewal", "--server", wanted.directory,
             "--deploy-hook", hook, "-d", wanted.name, "--cert-name", wanted.name, *account]  # fmt: skip
    trust = f"REQUESTS_CA_BUNDLE={wanted.ca_file} " if wanted.ca_file else ""
    # the authority's own reason, else certbot's
    why = (
        "{ echo \"$said\" | sed -n 's/^ *Detail: //p' | grep . || echo \"$said\" | grep -iE 'error|denied|refused' "
        '|| echo "$said"; } | head -n 1'
    )
    return (
        f"said=$({trust}{shlex.join(words)} 2>&1) || "
        f'{{ echo "no certificate for {wanted.name} from {wanted.directory}: $({why})" >&2; exit 1; }}'
    )


@operation()
def certbot(wanted: Certbot, hook: str) -> Generator[StringCommand, None, None]:
    """The host has the certificate. `hook`: a command that certbot runs for each new one, now and at each renewal."""
    there = host.get_fact(CertbotCertificate, domain=wanted.name, directory=wanted.directory)
    if host_failed():
        return
    if there:
        host.noop(f"{wanted.name} has a certificate")
    else:
        because(host, [Difference(f"certbot's certificate for {wanted.name}", "is missing or has expired")])
        yield StringCommand(command(wanted, hook))
