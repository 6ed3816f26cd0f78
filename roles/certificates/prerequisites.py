"""Names of certificates in the DNS, as an ACME server sees them; their A records are the preflight's."""

from collections.abc import Iterator, Sequence
from functools import partial

from envivo.roles.certificates import caa
from envivo.roles.certificates.settings import Tls
from envivo.roles.role import Evidence, Target
from envivo.verify.engine import Check, Observation, Warned
from envivo.verify.findings import Finding

ASK = "getent ahostsv6 {name} | awk '$1 !~ /^::ffff:/ {{ print $1 }}' | sort -u"
OWN = "ip -6 -o address show scope global | awk '{ sub(/\\/.*/, \"\", $4); print $4 }'"


def checks(target: Target[Tls], evidence: Evidence) -> Iterator[Check]:
    certificates = target.context.certificates
    if certificates and certificates.acme_ports:
        for name in dict.fromkeys(needed.name for needed in certificates.needed):
            needs = (evidence.reachable[target.name],)
            claim = f"the AAAA records of {name} are addresses of this host"
            yield Check(target.name, claim, partial(_ipv6, target, name), needs)
            yield Check(target.name, f"the CAA records of {name} let its authority issue", partial(_caa, target, name))


def _ipv6(target: Target[Tls], name: str) -> Iterator[Warned]:
    """An ACME server tries IPv6 first, and may not get a certificate over IPv4 then."""
    yield from warnings(name, target.shell.run(ASK.format(name=name)).out.split(), target.shell.run(OWN).out.split())


def warnings(name: str, resolved: Sequence[str], own: Sequence[str]) -> Iterator[Warned]:
    if foreign := [address for address in resolved if address not in own]:
        what = f"{name} has the AAAA record {', '.join(foreign)}, which the host does not have"
        yield Warned(f"{what}: remove the record, unless something forwards that address to the host")


def _caa(target: Target[Tls], name: str) -> Iterator[Finding | Observation]:
    """Asked of this computer's name servers: an ACME server asks the internet, not the host."""
    try:
        at, found = caa.records(name)
        allowed = caa.issuers(target.settings.directory, target.settings.directory_ca) if found else []
    except OSError as error:
        yield Observation(f"not known: {error}")
        return
    if not found:
        yield Observation("there are none, so any authority may issue certificates")
    elif not allowed:
        yield Observation(
            f"{at} has some, and {target.settings.directory} does not publish the names that it accepts in them"
        )
    elif why := caa.objection(found, allowed):
        fix = f'add the record {at}. CAA 0 issue "{allowed[0]}", or remove what forbids it'
        yield Finding(target.name, "caa-forbids", f"{at} {why}", fix)
    else:
        yield Observation(f"{at} names {' or '.join(allowed)}")
