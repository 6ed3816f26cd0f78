"""Checks of what viewers get, from the controller: page, WHEP, HLS, RTSP, recordings."""

import hashlib
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from urllib.parse import quote

from envivo.artifacts import page_library
from envivo.config.values import duration
from envivo.core.polling import until
from envivo.probes import ProbeError, hls, recordings, rtsp, stun, web, whep
from envivo.probes.pictures import DRAWN, FILMED, Watched
from envivo.roles.media import for_webrtc, headers
from envivo.roles.media.desired import VENDOR
from envivo.roles.media.journal import logs
from envivo.roles.media.recordings_mount import RECORDINGS
from envivo.roles.media.settings import Media
from envivo.roles.media.viewers import own_name, own_viewer
from envivo.roles.role import Feed, Target
from envivo.verify.engine import Observation
from envivo.verify.findings import Finding

PICTURES = 30
"""Different pictures that a viewer must get."""
_START_WITHIN_S = 8
"""Time for a connection and the first key frame, which is at most two seconds away."""
_LATE_PART = 1.5
"""Tolerated factor: LL-HLS rounds parts up to whole frames; irregular time stamps stretch them tenfold."""
_RECORDED_S = 4
"""Seconds at the end of a recording that are decoded."""
_FPS = 15
"""Frame rate that other publishers than agents are taken to have; half of it is enough."""
_RECORDED_BYTES = 6_000_000
"""End of a recording that is decoded where no agent publishes: OBS sends a key frame each 8 s."""
_FEW = 5
"""Pictures after which MediaMTX has seen whether there are B-frames."""
LOOPBACK = {"127.0.0.1", "::1"}


def whep_session(media: Target[Media], path: str) -> AbstractContextManager[whep.Session]:
    """A WHEP session of a viewer of the path."""
    return whep.session(endpoint(media, path), headers.own_viewer(media, path))


def endpoint(media: Target[Media], path: str) -> str:
    return f"{media.endpoints.page}/webrtc/whep/{quote(path)}"


def playback_timeout(feed: Feed | None) -> float:
    """Seconds in which PICTURES pictures arrive at half the camera's rate."""
    return _START_WITHIN_S + 2 * PICTURES / _fps(feed)


def _fps(feed: Feed | None) -> int:
    return feed.fps if feed else _FPS


def motion_threshold(feed: Feed | None) -> int:
    return DRAWN if feed and feed.drawn else FILMED


def page(media: Target[Media]) -> Iterator[Finding]:
    url = f"{media.endpoints.page}/web/player.html"
    try:
        web.content(url)
    except ProbeError as error:
        yield Finding(media.name, "no-page", f"viewers get no page: {error}", "deploy again")
        return
    name, pinned = page_library()
    url = f"{media.endpoints.page}/web/{VENDOR / name}"
    try:
        found = hashlib.sha256(web.content(url)).hexdigest()
    except ProbeError as error:
        yield Finding(media.name, "no-page", f"viewers get no HLS: {error}", "deploy again")
        return
    if found != pinned:
        what = f"viewers are served {url} with sha256 {found} instead of the pinned {pinned}"
        yield Finding(media.name, "page-changed", what, "find out who changed it, and deploy again")


def status(media: Target[Media], path: str) -> Iterator[Finding]:
    """The status from which the page makes its list of paths."""
    url = f"{media.endpoints.page}/api/paths/{quote(path)}"
    try:
        live = json.loads(web.content(url, headers=headers.viewer(media, path)))["live"]
    except (ProbeError, ValueError, KeyError, TypeError) as error:
        what = f"the page cannot tell whether {path} is live: {url}: {error}"
        yield Finding(media.name, "no-status", what, _persists("caddy"))
        return
    if live is not True:
        what = f"the page lists {path} as not live, but it has a publisher"
        yield Finding(media.name, "status-wrong", what, logs("caddy"))


def _persists(name: str) -> str:
    return f"deploy again; if the problem persists, {logs(name)}"


def session(media: Target[Media], path: str) -> Iterator[Finding]:
    """A session begins and ends through the proxy, with the Location that it rewrites."""

    def finding(code: str, what: str) -> Finding:
        return Finding(media.name, code, f"WHEP for {path}: {what}", _persists(media.name))

    try:
        with whep_session(media, path) as begun:
            if not whep.belongs(begun.url, endpoint(media, path)):
                yield finding("whep-location", f"the session's address {begun.url} does not point at the proxy")
                return
            for code, what, got, wanted in (
                ("whep-patch", "a candidate sent by PATCH", begun.patch(), 204),
                ("whep-delete", "DELETE of the session", begun.delete(), 200),
                ("whep-lingers", "a second DELETE", begun.delete(), 404),
            ):
                if got != wanted:
                    yield finding(code, f"{what} returns {got} instead of {wanted}")
    except ProbeError as error:
        yield for_webrtc.refused(media, path, str(error))


def media_port(media: Target[Media], path: str, protocol: str) -> Iterator[Finding]:
    try:
        with whep_session(media, path) as begun:
            port = stun.ask(begun, protocol)
    except ProbeError as error:
        yield for_webrtc.refused(media, path, str(error))
        return
    if not port.answered:
        number = media.settings.mediamtx.webrtc.media_port
        advertised = [candidate.address for candidate in port.tried]
        what, fix = explain_unreachable(media, f"{number}/{protocol}", advertised)
        yield Finding(media.name, f"media-{protocol}-blocked", f"WHEP signalling works, but {what}", fix)


def explain_unreachable(media: Target[Media], port: str, advertised: Sequence[str]) -> tuple[str, str]:
    """What is wrong and the fix, where none of the advertised addresses answers on the media port."""
    here = addresses(media.address)
    if not advertised:
        what = f"MediaMTX advertises no address for media at {port}: {media.name} has only a loopback address"
        return what, "give the host a network, or name its address in mediamtx.webrtc.additional_hosts"
    if here & {*advertised, *LOOPBACK}:
        what = f"no media packet came back over {port}: a firewall between here and {media.name} drops it"
        return what, f"allow {port} to {media.address}, and the replies"
    what = f"no media packet came back over {port}: MediaMTX advertises {', '.join(advertised)} to viewers"
    return f"{what}, but not {media.address}", f'mediamtx.webrtc.additional_hosts=("{media.address}",)'


def addresses(name: str) -> set[str]:
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        return set()


def pictures(media: Target[Media], path: str, feed: Feed | None) -> Iterator[Finding]:
    within_s, who = playback_timeout(feed), headers.own_viewer(media, path)
    try:
        seen = whep.watch(endpoint(media, path), PICTURES, within_s, motion_threshold(feed), who)
    except ProbeError as error:
        yield for_webrtc.refused(media, path, str(error))
        return
    if seen.connection != "connected" and not seen.ended:
        state = f"its state is {seen.connection}"
        what = f"WHEP for {path}: the media port answers, but WebRTC did not connect within {within_s:.0f} s ({state})"
        yield Finding(media.name, "whep-not-connected", what, logs("mediamtx"))
    elif seen.different < PICTURES:
        yield too_few_pictures(media, path, "WHEP", seen, for_webrtc.why_ended(media) if seen.ended else "")


def too_few_pictures(media: Target[Media], path: str, protocol: str, seen: Watched, reason: str = "") -> Finding:
    """`reason`: why the server ended the session, where it said so."""
    what = f"{protocol} for {path}: {seen.decoded} pictures were decoded"
    if seen.ended and reason:
        what = f"{what}, then MediaMTX ended the session: {protocol} has no {reason}"
        fix = f"turn {reason} off in the program that publishes: {for_webrtc.H264_SETTINGS}"
        return Finding(media.name, "not-for-webrtc", what, fix)
    if seen.ended:
        what = f"{what}, then the server ended the session: its publisher has disconnected"
        fix = "find out whether its agent or MediaMTX was restarted, and why; then verify again"
        return Finding(media.name, "publisher-left", what, fix)
    if seen.decoded >= PICTURES:
        differ = f"only {seen.different} of {seen.decoded} frames differ"
        what = f"the picture of {path} over {protocol} is frozen: {differ}"
        return Finding(
            media.name, "picture-frozen", what, "check the scene in front of the camera, or restart its agent"
        )
    fix = f"check whether the network to {media.name} loses packets, and {logs('mediamtx')}"
    return Finding(media.name, "pictures-missing", f"{what}, expected at least {PICTURES}", fix)


def segments(media: Target[Media], path: str, feed: Feed | None) -> Iterator[Finding]:
    try:
        index = f"{media.endpoints.page}/hls/{quote(path)}/index.m3u8"
        with own_viewer(media) as name:
            played = hls.play(index, playback_timeout(feed), headers.own_viewer(media, path, name))
    except ProbeError as error:
        yield Finding(media.name, "hls-broken", f"HLS for {path}: {error}", logs("mediamtx"))
        return
    if len(played.pictures) < 2 or not all(played.pictures):
        frames = " and ".join(map(str, played.pictures)) or "no"
        what = f"HLS for {path} stalls: two pieces of the video in a row have {frames} frames"
        yield Finding(media.name, "hls-stalls", what, logs("mediamtx"))
    settings = media.settings.mediamtx.hls
    if settings.variant != "lowLatency":
        return
    part = duration(settings.part_duration).total_seconds()
    longest = _LATE_PART * max(part, 1 / _fps(feed))
    if played.part_target is None or played.part_target > longest:
        length = f"PART-TARGET (length of a part) is {played.part_target} s, should be at most {longest:.1f} s"
        what = f"HLS viewers of {path} lag: {length}"
        publisher = f"agent of {path}" if feed else "program that publishes it"
        yield Finding(
            media.name, "hls-late", what, f"restart the {publisher}: its first pictures came at irregular intervals"
        )


def rtsp_pictures(media: Target[Media], path: str, feed: Feed | None) -> Iterator[Finding]:
    server = media.endpoints.media("rtsp")
    named = media.settings.mediamtx.paths[path].viewers
    try:
        seen = rtsp.play(
            f"{replace(server, host=media.address).netloc}/{quote(path)}",
            PICTURES,
            playback_timeout(feed),
            motion_threshold(feed),
            scheme=server.scheme,
            user=f"{named[0].user}:{named[0].password.get_secret_value()}@" if named else "",
            program=own_name(media),
        )
    except ProbeError as error:
        yield Finding(media.name, "rtsp-broken", f"RTSP for {path}: {error}", logs("mediamtx"))
        return
    if seen.different < PICTURES:
        yield too_few_pictures(media, path, "RTSP", seen)


def recording(media: Target[Media], path: str, feed: Feed | None) -> Iterator[Finding]:
    """The newest recording grows on the host's disk, and its end decodes as viewers are served it."""

    def newest() -> recordings.RecordedFile | None:
        return recordings.newest(media.shell, f"{RECORDINGS}/{path}")

    settings = media.settings.mediamtx.recording
    within_s = _START_WITHIN_S + 3 * duration(settings.part_duration).total_seconds()
    before = newest()
    after = until(lambda file: file is not None and file.size > 0 and file != before, newest, within_s)
    if after is None or after.size == 0 or after == before:
        there = f"{after.name} stays at {after.size} bytes" if after else f"there is none in {RECORDINGS}/{path}"
        what = f"the recording of {path} does not grow: {there}"
        yield Finding(
            media.name,
            "recording-stands",
            what,
            f"see df -h {RECORDINGS} on {media.name}, and {logs('mediamtx')}",
        )
        return
    tail = feed.bitrate_kbps * 1000 // 8 * _RECORDED_S if feed else _RECORDED_BYTES
    url = recordings.address(str(media.endpoints.page), path, after.name)
    try:
        people = headers.authorization(media.settings.mediamtx.paths[path].recordings_for)
        pictures = recordings.pictures_at_the_end(url, after.size, tail, people)
    except ProbeError as error:
        yield Finding(media.name, "recording-broken", f"the recording of {path}: {error}", logs(media.name))
        return
    if not pictures:
        what = f"the recording of {path} has no picture in its newest {tail} bytes: {url}"
        yield Finding(media.name, "recording-broken", what, logs("mediamtx"))


def suits(media: Target[Media], path: str) -> Iterator[Finding | Observation]:
    """Checks of a path that needs no publisher: can browsers play what is published?"""
    who = headers.own_viewer(media, path)
    try:
        seen = whep.watch(endpoint(media, path), _FEW, _START_WITHIN_S, FILMED, who)
    except ProbeError as error:
        if "no stream is available" in str(error):
            yield Observation("nobody publishes now")
        else:
            yield for_webrtc.refused(media, path, str(error))
        return
    reason = for_webrtc.why_ended(media) if seen.ended else ""
    if reason:
        yield too_few_pictures(media, path, "WHEP", seen, reason)
