"""Whether the right certificate is shown."""

from collections.abc import Iterator

from envivo.orchestration.target import Target
from envivo.probes import ProbeError, tls
from envivo.verify.engine import Statement
from envivo.verify.findings import Finding

_SOON_DAYS = 14
"""Of 90: authorities' clients renew with 30 left."""


def certificate(host: Target, address: str, port: int, name: str) -> Iterator[Finding | Statement]:
    """States issuer, names and days left of what is shown at a port."""
    renewal = f"on {host.name}: {_renewer(host)}"
    try:
        shown = tls.certificate(address, port, name, host.authority)
    except ProbeError as error:
        yield Finding(host.name, "no-tls", f"{name}:{port}: {error}", f"allow {port}/tcp to {address}, or {renewal}")
        return
    if shown.problem:
        yield Finding(host.name, "certificate", f"the certificate at {name}:{port} is {shown.problem}", renewal)
        return
    left = f"{shown.days_left} days left" if shown.days_left else "ends today"
    if shown.days_left < _SOON_DAYS and not _short_lived(host):
        what = f"the certificate at {name}:{port} has {left} and was not renewed"
        yield Finding(host.name, "certificate-ends", what, renewal)
    if not _refuses_old_tls(address, port, name):
        what = f"{name}:{port} takes TLS 1.1, which is broken"
        yield Finding(host.name, "old-tls", what, "deploy again")
    yield Statement(f"{shown.issuer}; {', '.join(shown.names)}; {left}")


def _refuses_old_tls(address: str, port: int, name: str) -> bool:
    try:
        return tls.refuses_old_tls(address, port, name)
    except ProbeError:  # the OpenSSL of this machine cannot ask
        return True


def _short_lived(host: Target) -> bool:
    """Caddy's own authority and an ACME server of one's own give hours or a day; files are renewed by hand."""
    return host.authority is not None and host.settings.web.tls.issuer != "files"


def _renewer(host: Target) -> str:
    if host.settings.web.tls.issuer == "files":
        return "renew the files of web.tls and deploy again"
    if "media" in host.groups:
        return "see docker compose -f /opt/envivo/stack/compose.yml logs web"
    return "certbot renew; systemctl start envivo-certificates"
