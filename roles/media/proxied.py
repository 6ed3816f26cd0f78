"""Check of a proxy of one's own that ends TLS in front of Caddy."""

from collections.abc import Iterator

from envivo.probes import ProbeError, web
from envivo.roles.media.settings import Media
from envivo.roles.role import Target
from envivo.verify.findings import Finding

_FORBIDDEN = 403
"""What Caddy answers to a request that does not come through a trusted proxy (templates/media/Caddyfile.j2)."""


def passed_on(media: Target[Media]) -> Iterator[Finding]:
    """The proxy passes requests on, from an address that Caddy trusts."""
    web_settings, url = media.settings.web, f"{media.endpoints.page}/time"
    passing = f"let it pass every path of {web_settings.domain} to port {web_settings.port} of {media.name}"
    try:
        answer = web.ask("GET", url)
    except ProbeError as error:
        what = f"viewers get nothing from the proxy of {web_settings.domain}: {error}"
        yield Finding(media.name, "proxy-silent", what, passing)
        return
    if answer.status_code == _FORBIDDEN:
        what = f"Caddy refuses the proxy of {web_settings.domain}: its address is not in web.trusted_proxies"
        seen = f"on {media.name}: ss -Htn sport = :{web_settings.port}"
        yield Finding(media.name, "proxy-untrusted", what, f"add the proxy's address to it; to find it out, {seen}")
    elif not (answer.ok and answer.text.strip().isdigit()):
        what = f"the proxy of {web_settings.domain} does not pass {url} on: {answer.status_code}"
        yield Finding(media.name, "proxy-elsewhere", what, passing)
