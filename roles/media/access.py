"""Checks that a media host refuses unauthenticated clients."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from envivo.config.values import is_ipv4
from envivo.probes import ProbeError, web, whep
from envivo.roles.media import maintenance
from envivo.roles.media.from_outside import endpoint
from envivo.roles.media.settings import Media
from envivo.roles.media.viewers import leave, own_name
from envivo.roles.role import Target
from envivo.verify.findings import Finding

_REFUSED = 401


def no_maintenance(media: Target[Media]) -> Iterator[Finding]:
    if on := maintenance.parse(media.shell.run(maintenance.QUESTION).out):
        yield Finding(media.name, "maintenance", on.words, "envivo maintenance ENV off")


def name_resolves(media: Target[Media]) -> Iterator[Finding]:
    """`web.domain` resolves to the public address, by the host's own resolver rather than the controller's.

    A host with this name has it at 127.0.1.1 in its hosts file: that does not tell what the DNS has.
    """
    name, address = media.settings.web.domain, media.settings.public_address
    resolved, right = (
        media.shell.run(f"getent ahostsv4 {host} | awk '{{print $1}}' | sort -u").out.split()
        for host in (name, address)
    )
    if not {*resolved} & {*right} and not any(ip.startswith("127.") for ip in resolved):
        what = f"{name} resolves to {', '.join(resolved) or 'no address'}, so viewers reach the wrong host"
        yield Finding(
            media.name,
            "name-elsewhere",
            what,
            f"its A record in the DNS must be {'' if is_ipv4(address) else 'that of '}{address}",
        )


def api_is_closed(media: Target[Media]) -> Iterator[Finding]:
    """The API needs a password: it returns secrets (docs/notes/mediamtx.md#secrets-in-the-api)."""
    port = media.settings.mediamtx.api_port
    asked = f"curl -s -m 6 -o /dev/null -w '%{{http_code}}' http://127.0.0.1:{port}/v3/info"
    said = media.shell.run(asked).out.strip()
    if said != str(_REFUSED):
        what = f"MediaMTX's API on {media.name} answers {said or 'nothing'} to a request without a password"
        yield Finding(media.name, "api-open", what, "deploy again")


def publishing(media: Target[Media], path: str) -> Iterator[Finding]:
    whip = f"{media.endpoints.page}/webrtc/whip/{quote(path)}"
    yield from _wants_password(media, "POST", whip, f"anyone may publish to {path}", "publishing-open")


def watching(media: Target[Media], path: str) -> Iterator[Finding]:
    yield from _wants_password(media, "POST", endpoint(media, path), f"anyone may watch {path}", "watching-open")
    status = f"{media.endpoints.page}/api/paths/{quote(path)}"
    yield from _wants_password(media, "GET", status, f"anyone may query whether {path} is live", "watching-open")
    index = f"{media.endpoints.page}/hls/{quote(path)}/index.m3u8"
    yield from _wants_password(media, "GET", index, f"anyone may watch {path} over HLS", "watching-open")


def recordings(media: Target[Media], path: str) -> Iterator[Finding]:
    for url in (f"{media.endpoints.page}/recordings/{quote(path)}/", f"{media.endpoints.page}/recordings/"):
        yield from _wants_password(media, "GET", url, f"anyone may see recordings ({url})", "recordings-open")


def _wants_password(media: Target[Media], method: str, url: str, otherwise: str, code: str) -> Iterator[Finding]:
    name = own_name(media)
    offered: dict[str, Any] = {"headers": {"User-Agent": name}}
    if method == "POST":
        offered = {"data": whep.offer(), "headers": {"User-Agent": name, "Content-Type": "application/sdp"}}
    try:
        answer = web.ask(method, url, None, **offered).status_code
    except ProbeError as error:
        yield Finding(media.name, "not-asked", str(error), "fix what the error names, then verify again")
        return
    if answer != _REFUSED:
        leave(media, name)
        what = f"{otherwise}: {method} without a password returns {answer} instead of {_REFUSED}"
        yield Finding(media.name, code, what, "deploy again")
