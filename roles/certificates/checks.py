"""Checks of the certificates that services show."""

from collections.abc import Iterator
from typing import Any

from envivo.probes import ProbeError, tls
from envivo.roles.role import Evidence, Target
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding

_SOON_DAYS = 14
"""Of 90: ACME clients renew with 30 left."""


def checks(target: Target[Any], evidence: Evidence) -> Iterator[Check]:
    """None of its own: roles whose services serve TLS call `certificate` for their ports."""
    return iter(())


def certificate(host: Target[Any], address: str, port: int, name: str) -> Iterator[Finding | Observation]:
    """The certificate at a port is valid. Reports its issuer, names and days left."""
    renewal = _renewer(host)
    try:
        shown = tls.certificate(address, port, name, host.authority)
    except ProbeError as error:
        yield Finding(host.name, "no-tls", f"{name}:{port}: {error}", f"allow {port}/tcp to {address}, or {renewal}")
        return
    if shown.problem:
        yield Finding(host.name, "certificate", f"the certificate at {name}:{port} is {shown.problem}", renewal)
        return
    left = f"{shown.days_left} days left" if shown.days_left else "expires today"
    if shown.days_left < _SOON_DAYS and not _short_lived(host):
        has = f"has {left}" if shown.days_left else left
        what = f"the certificate at {name}:{port} {has} and was not renewed"
        yield Finding(host.name, "certificate-ends", what, renewal)
    if not _refuses_old_tls(address, port, name):
        what = f"{name}:{port} accepts TLS 1.1, which is insecure"
        yield Finding(host.name, "old-tls", what, "deploy again")
    yield Observation(f"{shown.issuer}; {', '.join(shown.names)}; {left}")


def _refuses_old_tls(address: str, port: int, name: str) -> bool:
    try:
        return tls.refuses_old_tls(address, port, name)
    except ProbeError:  # the OpenSSL of this machine cannot ask
        return True


def _short_lived(host: Target[Any]) -> bool:
    """Whether certificates last hours or a day: those of Caddy's internal CA and of a private ACME server do."""
    return host.authority is not None and not _from_files(host)


def _from_files(host: Target[Any]) -> bool:
    return bool(host.context.certificates and host.context.certificates.provided)


def _renewer(host: Target[Any]) -> str:
    if _from_files(host):
        return "renew the files of web.tls on this computer, and deploy again"
    if "media" in host.groups:
        return "envivo logs ENV caddy says why"
    return f"on {host.name}: certbot renew; systemctl start envivo-certificates"
