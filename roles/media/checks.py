"""Checks of a media host, prerequisites first."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from envivo.probes import ports
from envivo.roles import address_checks
from envivo.roles.base.causes import explained
from envivo.roles.base.checks import starts_at_boot
from envivo.roles.certificates.checks import certificate
from envivo.roles.media import (
    access,
    bans,
    budget,
    fragments,
    from_inside,
    from_outside,
    guard,
    hardening,
    proxied,
    publishers,
    recordings_mount,
    retention,
)
from envivo.roles.media.desired import CALLED, followed
from envivo.roles.media.ports import BOTH
from envivo.roles.media.settings import Media
from envivo.roles.role import Evidence, Target, Viewing
from envivo.state.endpoints import HTTP, HTTPS
from envivo.verify.engine import Check, Observation
from envivo.verify.findings import Finding


def checks(media: Target[Media], evidence: Evidence) -> Iterator[Check]:
    mediamtx, web = media.settings.mediamtx, media.settings.web
    engine = evidence.engines[media.name]
    started = [guard.UNIT, recordings_mount.UNIT, retention.TIMER, *([bans.UNIT] if media.settings.encrypted else [])]
    for unit in started:
        yield starts_at_boot(media, unit, evidence.reachable[media.name])

    def check(claim: str, function: Callable[[], Iterable[Finding | Observation]], *needs: Check) -> Check:
        return Check(media.name, claim, function, needs)

    server = check("container mediamtx is healthy", partial(from_inside.container, media, "mediamtx"), engine)
    proxy = check("container caddy is healthy", partial(from_inside.container, media, "web"), engine)
    listening = check("the ports of mediamtx listen", partial(from_inside.listening, media, "mediamtx"), server)
    listening_web = check("the ports of caddy listen", partial(from_inside.listening, media, "web"), proxy)
    yield from (server, proxy, listening, listening_web)
    yield check("the connections of one address are limited", partial(from_inside.limited, media), engine)
    yield check(f"{guard.UNIT} is active", partial(from_inside.guarded, media), engine)
    yield check("recordings fit their disk", partial(budget.kept, media), evidence.reachable[media.name])
    yield check(
        "containers that are not envivo's are left alone", partial(from_inside.strangers, media, tuple(CALLED)), engine
    )

    following = followed(media.settings)
    if following.names:
        yield starts_at_boot(media, following.unit_name, evidence.reachable[media.name])
        tells = partial(from_inside.hosts_file, state=following.state)
        claim = f"MediaMTX follows the address of {', '.join(following.names)}"
        yield check(claim, partial(address_checks.follows, media, following, tells), server)

    def port(number: int, greeting: ports.Greeting, need: Check) -> Check:
        answers = partial(from_inside.port, media, number, greeting)
        return check(f"{number}/tcp answers {greeting.name} from here", answers, need)

    def shown(number: int, need: Check) -> Check:
        shows = partial(certificate, media, media.address, number, web.domain)
        return check(f"{web.domain} shows its certificate on {number}", shows, need)

    if web.https:
        named = check(f"{web.domain} resolves to {media.address}", partial(access.name_resolves, media), engine)
        page = shown(HTTPS, listening_web)
        yield from (named, page, port(HTTP, ports.HTTP, listening_web))
    elif web.trusted_proxies:
        page = check(f"your proxy passes {web.domain} on", partial(proxied.passed_on, media), listening_web)
        yield page
    else:
        page = port(web.port, ports.HTTP, listening_web)
        yield page
        yield port(mediamtx.webrtc.port, ports.HTTP, listening)
        yield port(mediamtx.hls.port, ports.HTTP, listening)
    if media.settings.encrypted:
        rtsp = shown(mediamtx.rtsps_port, listening)
        yield from (rtsp, shown(mediamtx.rtmps_port, listening))
    else:
        rtsp = port(mediamtx.rtsp_port, ports.RTSP, listening)
        yield from (rtsp, port(mediamtx.rtmp_port, ports.RTMP, listening))
    yield check("the page is served", partial(from_outside.page, media), page)
    shown_pictures = check("no maintenance is announced", partial(access.no_maintenance, media), proxy)
    yield shown_pictures
    guarded = partial(hardening.no_link_is_followed, media)
    yield check("recordings are served, symbolic links are not followed", guarded, proxy)
    special = partial(hardening.nothing_special_is_recorded, media)
    yield check("recordings are regular files, not pipes or devices", special, engine)
    if media.settings.encrypted:
        yield check("addresses that guess passwords are banned", partial(hardening.bans_passwords, media), engine)
    yield check("the API requires a password", partial(access.api_is_closed, media), server)

    def of_path(path: str, claim: str, function: Callable[[], Iterable[Finding | Observation]], *needs: Check) -> Check:
        return Check(media.name, claim, function, needs, path)

    for path, settings in mediamtx.paths.items():
        if settings.publisher:
            claim = f"{path}: nobody publishes without a password"
            yield of_path(path, claim, partial(access.publishing, media, path), page, server)
        if settings.viewers:
            claim = f"{path}: nobody watches without a password"
            yield of_path(path, claim, partial(access.watching, media, path), page, server, shown_pictures)
        if settings.recordings_for:
            claim = f"{path}: recordings cannot be watched without a password"
            yield of_path(path, claim, partial(access.recordings, media, path), page)

    for path in mediamtx.paths:
        evidence.holders[path] = partial(publishers.holder, media, path)
        if media.settings.expects(path):
            yield from _live(media, evidence, path, server, page, rtsp, shown_pictures)
        else:
            possible = partial(publishers.optional_publisher, media, path)
            free = Check(media.name, f"{path}: no publisher is required", possible, (server,), path)
            suits = partial(from_outside.suits, media, path)
            claim = f"{path}: browsers can play what is published"
            yield from (free, of_path(path, claim, suits, free, page, shown_pictures))


def _live(
    media: Target[Media], evidence: Evidence, path: str, server: Check, page: Check, rtsp: Check, shown_pictures: Check
) -> Iterator[Check]:
    """Of a path that should be live, from any publisher."""
    mediamtx, feed = media.settings.mediamtx, evidence.feeds.get(path)

    def check(claim: str, function: Callable[[], Iterable[Finding | Observation]], *needs: Check) -> Check:
        return Check(media.name, claim, partial(explained, path, feed, media.name, evidence, function), needs, path)

    running = (feed.running,) if feed else ()
    publishing = check(f"{path} is publishing", partial(publishers.publishing, media, path, feed), server, *running)
    viewed = (publishing, page, shown_pictures)
    session = check(f"{path}: a WHEP session begins and ends", partial(from_outside.session, media, path), *viewed)
    evidence.viewings.append(Viewing(session, partial(from_outside.whep_session, media, path)))
    yield from (publishing, session)
    yield check(f"{path}: the list of paths shows it as live", partial(from_outside.status, media, path), *viewed)
    through = {
        protocol: check(
            f"{path}: {mediamtx.webrtc.media_port}/{protocol} answers a viewer",
            partial(from_outside.media_port, media, path, protocol),
            session,
        )
        for protocol in BOTH
    }
    yield from through.values()
    for claim, function, *needs in (
        (f"{path}: WHEP shows a moving picture", from_outside.pictures, through["udp"]),
        (f"{path}: HLS shows pictures without delay", from_outside.segments, *viewed),
        (f"{path}: RTSP plays", from_outside.rtsp_pictures, publishing, rtsp),
    ):
        yield check(claim, partial(function, media, path, feed), *needs)
    if mediamtx.paths[path].record:
        grows = partial(from_outside.recording, media, path, feed)
        yield check(f"{path}: the recording grows", grows, publishing, page)
        whole = partial(fragments.in_one_piece, media, path, feed)
        yield check(f"{path}: the recording is in one piece", whole, publishing)
