"""What Caddy has understood, beside what the settings say: every difference as a sentence."""

import json
from collections.abc import Iterator
from typing import Any

from envivo.orchestration.environment import Environment
from envivo.render import bcrypted
from envivo.roles.media import doors, passwords, shown
from tests.unit.meaning.programs import MARK


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in parsed JSON, from outside in."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(child)


def accounts(settings: Environment) -> set[frozenset[tuple[str, str]]]:
    """Who gets into what Caddy guards: one set of names and hashes for each place."""
    paths, salt = settings.mediamtx.paths.values(), passwords.salts(settings.media)
    viewers = [path.viewers for path in paths]
    recordings = [path.recordings_for for path in paths]
    everybody = tuple(one for people in recordings for one in people)
    groups = (*viewers, *recordings, everybody)
    nobody = (doors.NOBODY, doors.nobodys_hash(passwords.slow(settings.media)))
    hashes = (frozenset((one.user, bcrypted(one.password, salt(one.user))) for one in people) for people in groups)
    return {people | {nobody} for people in hashes if people}


def differences(settings: Environment, config: Any, turn_here: bool) -> Iterator[str]:
    mediamtx, web = settings.mediamtx, settings.web
    servers = config["apps"]["http"]["servers"].values()
    found = list(objects(config))

    def compare(what: str, expected: object, is_: object) -> Iterator[str]:
        if is_ != expected:
            yield f"{what}: {is_!r} instead of {expected!r}"

    listens = {address for server in servers for address in server["listen"]}
    pages = {":443"} if web.https else {f":{web.port}"}
    if web.behind_loopback:
        pages = {f"127.0.0.1:{web.port}"}
    yield from compare("listens", {*pages, f"127.0.0.1:{web.health_port}"}, listens)
    dials = {one["dial"] for one in found if "dial" in one}
    ports = (mediamtx.webrtc.port, mediamtx.hls.port, mediamtx.api_port)
    yield from compare("proxies to", {f"127.0.0.1:{port}" for port in ports}, dials)

    hosts = {host for server in servers for route in server["routes"] for match in route.get("match", ())
             for host in match.get("host", ())}  # fmt: skip
    names = {web.domain, settings.turn.domain} if settings.turn and turn_here else {web.domain}
    names = names if web.https else set()
    trusted = {range_ for server in servers for range_ in server.get("trusted_proxies", {}).get("ranges", ())}
    yield from compare("trusts", set(web.trusted_proxies), trusted)
    yield from compare("names", {"127.0.0.1", *filter(None, names)}, hosts)

    guarded = {frozenset((one["username"], one["password"]) for one in provider["accounts"])
               for provider in found if "accounts" in provider}  # fmt: skip
    yield from compare("accounts", accounts(settings), guarded)

    matched = {path for one in found for path in one.get("path", ()) if isinstance(one.get("path"), list)}
    for name in mediamtx.paths:
        for path in (f"/api/paths/{name}", f"/recordings/{name}", f"/recordings/{name}/*"):
            if path.lower() not in {one.lower() for one in matched}:
                yield f"nothing is said of {path}"
    bodies = {one["body"] for one in found if one.get("handler") == "static_response" and "body" in one}
    if shown.listed(settings.media) not in bodies:
        yield f"the list of paths is none of {bodies}"
    asked_as = f"Bearer {mediamtx.monitor.user}:{mediamtx.monitor.password.get_secret_value()}"
    bearers = {value for one in found for value in one.get("Authorization", ()) if value.startswith("Bearer")}
    yield from compare("asks MediaMTX as", {asked_as}, bearers)

    issuers = [one for one in found if one.get("module") == "acme"]
    if web.https and web.tls.issuer == "acme":
        yield from compare("ACME server", {web.tls.directory}, {one.get("ca") for one in issuers})
        yield from compare("e-mail", {web.tls.email or None}, {one.get("email") for one in issuers})
    given = {policy for one in found for policy in one.get("Content-Security-Policy") or ()}
    policies = {policy for policy in given if "script-src" in policy}
    for policy in policies or {""}:
        framing = " ".join(("frame-ancestors 'self'", *web.origins))
        yield from compare("may be shown in an iframe by", framing, policy.rpartition("; ")[2])
    if MARK in json.dumps(config):
        yield "a variable of the environment was put in"
