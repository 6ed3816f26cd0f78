"""What `envivo status` shows of the certificates that services of a host read."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography import x509
from cryptography.x509.oid import NameOID

from envivo.roles.certificates.settings import Tls
from envivo.roles.role import Context
from envivo.state.certificates import CertificateSource
from envivo.status.rows import CERTIFICATES, Question, Row, span
from envivo.verify.findings import Finding

_SOON = timedelta(days=14)
_SHARE = 6
"""Programs renew with a third of the time left, or more: with a sixth left that has failed, also of certificates that
last hours."""


def overview(tls: Tls, context: Context) -> Iterator[Question]:
    for copy in context.certificates.sources if context.certificates else ():
        file = shlex.quote(copy.installed.certificate)
        yield Question(f"date +%s; cat {file}", partial(_certificate, context.host, copy, tls.issuer == "files"))


def _certificate(host: str, copy: CertificateSource, given: bool, said: str) -> Iterator[Row | Finding]:
    now, _, pem = said.partition("\n")
    if not pem.strip():
        what = f"there is no certificate for {copy.name} yet ({copy.installed.certificate})"
        yield Row(CERTIFICATES, copy.name, {"host": host, "left": "missing"}, {"host": host}, "bad")
        yield Finding(host, "certificate", what, "envivo verify ENV says why")
        return
    found = x509.load_pem_x509_certificates(pem.encode())[0]
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    left = ends - datetime.fromtimestamp(int(now), UTC)
    late = left < min(_SOON, (ends - begins) / _SHARE)
    words = span(left.total_seconds()) if left > timedelta() else "expired"
    cells = {"host": host, "left": f"{left.days} d" if left.days > 0 else words, "issuer": _issuer(found)}
    data = {"host": host, "ends": ends.isoformat(), "days_left": left.days, "issuer": _issuer(found)}
    yield Row(CERTIFICATES, copy.name, cells, data, "bad" if late else "good")
    if late:
        what = f"the certificate for {copy.name} {'has ' + words + ' left' if left > timedelta() else 'has expired'}"
        fix = "renew the files of web.tls and deploy again" if given else "envivo verify ENV says why"
        yield Finding(host, "certificate-ends", f"{what} and was not renewed", fix)


def _issuer(certificate: x509.Certificate) -> str:
    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.issuer.rfc4514_string()
