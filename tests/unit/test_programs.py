"""What `envivo urls` prints: exact lines, whether a password is in them, and whether a shell reads them."""

import json
import re
import shlex
import subprocess
from typing import Any

import pytest

from envivo.cli.urls import ending, rows
from envivo.clients import UNVERIFIED, ProgramRow
from envivo.clients.text import COLUMNS, text, wrapped
from envivo.core.paths import PROJECT as ROOT
from envivo.orchestration.environment import Environment
from envivo.orchestration.placement import endpoints
from envivo.probes.mediamtx import WITHOUT_SECRETS
from tests.unit.settings.environments import PASSWORD, lab
from tests.unit.settings.pairs import authority

ADDRESS = "10.0.0.21"
P = PASSWORD
PEM = authority().certificate
X264 = "-c:v libx264 -preset veryfast -tune zerolatency -profile:v baseline -pix_fmt yuv420p -g 30 -bf 0 -b:v 2500k"
CAMERA = "-f v4l2 -framerate 30 -video_size 1280x720 -i /dev/video0 -f alsa -i default"
GST_VIDEO = (
    "v4l2src device=/dev/video0 ! decodebin ! videoconvert ! videorate ! video/x-raw,format=I420,framerate=30/1"
    " ! x264enc tune=zerolatency speed-preset=veryfast bitrate=2500 key-int-max=30 bframes=0"
    " ! video/x-h264,profile=constrained-baseline ! h264parse config-interval=-1"
)
GST_AUDIO = "autoaudiosrc ! audioconvert ! audioresample"
AAC = f"{GST_AUDIO} ! voaacenc ! aacparse ! queue ! m. {GST_VIDEO} ! queue ! m."
CA = "/etc/ssl/certs/ca-certificates.crt"

VIEWERS: dict[str, Any] = {"viewers": [{"user": "ann", "password": P}, {"user": "bob", "password": P[::-1]}]}
ENCRYPTED: dict[str, Any] = {"public_address": "198.51.100.10", "web": {"domain": "video.company.net"}}


def rows_of(settings: Environment, show_secrets: bool) -> list[ProgramRow]:
    return rows(settings.media, endpoints(settings, "media1", ADDRESS), show_secrets)


def path(name: str = "webcam", **more: Any) -> dict[str, Any]:
    return {"mediamtx": {"paths": {name: {"publisher": {"user": "cam", "password": P}, **more}}}}


def lines(show_secrets: bool = True, name: str = "webcam", **settings: Any) -> dict[tuple[str, str], str]:
    found = rows_of(lab(**settings), show_secrets)
    return {(row.action, row.program): row.line for row in found if row.path == name}


AGENT = {("publish", "its camera"): "Agent: envivo-agent@webcam.service on the camera host"}
PLAIN = {
    **AGENT,
    ("publish", "OBS"): f"Server: rtmp://10.0.0.21:1935\nStream Key: webcam?user=cam&pass={P}",
    ("publish", "OBS, WHIP"): f"Server: http://10.0.0.21:8080/webrtc/whip/webcam\nBearer Token: cam:{P}",
    ("publish", "ffmpeg"): f"ffmpeg {CAMERA} {X264} -c:a libopus -b:a 64k -f rtsp -rtsp_transport tcp"
    f" rtsp://cam:{P}@10.0.0.21:8554/webcam",
    ("publish", "GStreamer"): "gst-launch-1.0 rtspclientsink name=s protocols=tcp"
    f" location=rtsp://cam:{P}@10.0.0.21:8554/webcam"
    f" {GST_AUDIO} ! opusenc ! queue ! s.sink_1 {GST_VIDEO} ! queue ! s.sink_0",
    ("publish", "GStreamer, RTMP"): "gst-launch-1.0 flvmux name=m streamable=true"
    f" ! rtmp2sink location='rtmp://10.0.0.21:1935//webcam?user=cam&pass={P}' {AAC}",
    ("watch", "browser"): "WebRTC: http://10.0.0.21:8080/web/player.html?path=webcam\n"
    "HLS: http://10.0.0.21:8080/web/hls.html?path=webcam",
    ("watch", "browser, recordings"): "Page: http://10.0.0.21:8080/web/recordings.html?path=webcam\n"
    "Files: http://10.0.0.21:8080/recordings/webcam/",
    ("watch", "mpv"): "mpv --profile=low-latency --rtsp-transport=tcp rtsp://10.0.0.21:8554/webcam",
    ("watch", "ffplay"): "ffplay -fflags nobuffer -flags low_delay -rtsp_transport tcp rtsp://10.0.0.21:8554/webcam",
    ("watch", "GStreamer"): "gst-launch-1.0 rtspsrc name=r protocols=tcp latency=100"
    " location=rtsp://10.0.0.21:8554/webcam"
    " r. ! rtph264depay ! decodebin ! videoconvert ! autovideosink"
    " r. ! application/x-rtp,media=audio ! fakesink async=false",
    ("watch", "GStreamer, HLS"): "gst-launch-1.0 playbin3"
    " uri='http://10.0.0.21:8080/hls/webcam/index.m3u8?cookieCheck=1'",
    ("watch", "VLC"): "vlc 'http://10.0.0.21:8080/hls/webcam/index.m3u8?cookieCheck=1'",
    ("watch", "VLC, RTMP"): "vlc rtmp://10.0.0.21:1935/webcam",
}
OVER_TLS = {
    **AGENT,
    ("publish", "OBS"): f"Server: rtmps://video.company.net:1936\nStream Key: webcam?user=cam&pass={P}",
    ("publish", "OBS, WHIP"): f"Server: https://video.company.net/webrtc/whip/webcam\nBearer Token: cam:{P}",
    ("publish", "ffmpeg"): f"ffmpeg {CAMERA} {X264} -c:a aac -b:a 96k -ar 48000 -tls_verify 1 -ca_file {CA} -f flv"
    f" 'rtmps://video.company.net:1936/webcam?user=cam&pass={P}'",
    ("publish", "ffmpeg, RTSPS"): f"ffmpeg {CAMERA} {X264} -c:a libopus -b:a 64k -f rtsp -rtsp_transport tcp"
    f" rtsps://cam:{P}@video.company.net:8322/webcam",
    ("publish", "GStreamer"): "gst-launch-1.0 rtspclientsink name=s protocols=tcp"
    f" location=rtsps://cam:{P}@video.company.net:8322/webcam"
    f" {GST_AUDIO} ! opusenc ! queue ! s.sink_1 {GST_VIDEO} ! queue ! s.sink_0",
    ("publish", "GStreamer, RTMP"): "gst-launch-1.0 flvmux name=m streamable=true"
    f" ! rtmp2sink location='rtmps://video.company.net:1936//webcam?user=cam&pass={P}' {AAC}",
    ("watch", "browser"): "WebRTC: https://video.company.net/web/player.html?path=webcam\n"
    f"HLS: https://video.company.net/web/hls.html?path=webcam\nUser: ann\nPassword: {P}",
    ("watch", "browser, recordings"): "Page: https://video.company.net/web/recordings.html?path=webcam\n"
    "Files: https://video.company.net/recordings/webcam/\n"
    f"User: ann\nPassword: {P}",
    ("watch", "mpv"): f"mpv --profile=low-latency --rtsp-transport=tcp rtsps://ann:{P}@video.company.net:8322/webcam",
    ("watch", "ffplay"): "ffplay -fflags nobuffer -flags low_delay -rtsp_transport tcp"
    f" rtsps://ann:{P}@video.company.net:8322/webcam",
    ("watch", "mpv, HLS"): f"mpv --tls-verify=yes --tls-ca-file={CA}"
    f" 'https://ann:{P}@video.company.net/hls/webcam/index.m3u8?cookieCheck=1'",
    ("watch", "GStreamer"): "gst-launch-1.0 rtspsrc name=r protocols=tcp latency=100"
    f" location=rtsps://ann:{P}@video.company.net:8322/webcam"
    " r. ! rtph264depay ! decodebin ! videoconvert ! autovideosink"
    " r. ! application/x-rtp,media=audio ! fakesink async=false",
    ("watch", "GStreamer, HLS"): "gst-launch-1.0 playbin3"
    f" uri='https://ann:{P}@video.company.net/hls/webcam/index.m3u8?cookieCheck=1'",
    ("watch", "VLC"): f"vlc 'https://ann:{P}@video.company.net/hls/webcam/index.m3u8?cookieCheck=1'",
    ("watch", "VLC, RTMP"): f"vlc 'rtmps://video.company.net:1936/webcam?user=ann&pass={P}'",
}


def test_plain_lines_go_to_the_address_of_the_media_host() -> None:
    assert lines(**path()) == PLAIN


def test_encrypted_lines_go_to_the_domain() -> None:
    assert lines(**path(**VIEWERS), **ENCRYPTED) == OVER_TLS


@pytest.mark.parametrize(
    ("name", "program", "line"),
    [
        ("live/cam", "OBS", f"Server: rtmp://10.0.0.21:1935/live\nStream Key: cam?user=cam&pass={P}"),
        ("a/b/c", "OBS", f"Server: rtmp://10.0.0.21:1935/a\nStream Key: b/c?user=cam&pass={P}"),
        ("live/cam", "GStreamer, RTMP", f" location='rtmp://10.0.0.21:1935/live/cam?user=cam&pass={P}' "),
        ("live/cam", "OBS, WHIP", "Server: http://10.0.0.21:8080/webrtc/whip/live/cam\n"),
        ("live/cam", "GStreamer", f"rtsp://cam:{P}@10.0.0.21:8554/live/cam "),
    ],
)
def test_levels_of_a_path_are_put_as_each_program_takes_them(name: str, program: str, line: str) -> None:
    assert line in lines(name=name, **path(name))["publish", program]


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("OBS", "Server: rtmps://video.company.net:1936\nStream Key: open"),
        ("OBS, WHIP", "Server: https://video.company.net/webrtc/whip/open"),
        ("ffmpeg", "-f flv rtmps://video.company.net:1936/open"),
        ("ffmpeg, RTSPS", "-rtsp_transport tcp rtsps://video.company.net:8322/open"),
        ("GStreamer", "location=rtsps://video.company.net:8322/open autoaudiosrc"),
        ("GStreamer, RTMP", "location=rtmps://video.company.net:1936//open autoaudiosrc"),
    ],
)
def test_anonymous_publisher_needs_no_credentials(program: str, line: str) -> None:
    settings = {"mediamtx": {"paths": {"open": {"anonymous_publishing": True}}}, **ENCRYPTED}
    found = lines(name="open", **settings)["publish", program]
    assert line in found and (found.endswith(line) or "GStreamer" in program)


def test_path_of_an_agent_says_who_publishes_to_it_already_and_any_other_path_does_not() -> None:
    settings = path("live/door")
    settings["cameras"] = {"webcam": {"host": "cam1"}}
    own = [row for row in rows_of(lab(**settings), False) if row.program == "its camera"]
    assert [(row.path, row.line) for row in own] == [("webcam", "Agent: envivo-agent@webcam.service on cam1")]
    assert "MediaMTX refuses other publishers" in own[0].notes[0]
    others = [row for row in rows_of(lab(**settings), False) if row.action == "publish" and row not in own]
    held = "refused while envivo-agent@webcam.service on cam1 publishes"
    assert {row.path for row in others if row.notes[0] == held} == {"webcam"}
    assert {row.path for row in others if held not in row.notes} == {"live/door"}


def test_recordings_of_others_are_asked_for_as_one_of_them() -> None:
    watched = lines(**path(recordings=[{"user": "archive", "password": P}]))
    assert watched["watch", "browser, recordings"].endswith(f"User: archive\nPassword: {P}")
    assert "User" not in watched["watch", "browser"]


@pytest.mark.parametrize("settings", [path(**VIEWERS), {**path(**VIEWERS), **ENCRYPTED}], ids=["plain", "encrypted"])
def test_password_is_shown_only_when_asked_for(settings: dict[str, Any]) -> None:
    masked, shown = (rows_of(lab(**settings), show) for show in (False, True))
    assert not [row for row in masked if PASSWORD in row.line] and [row for row in masked if "***" in row.line]
    assert PASSWORD not in repr(shown)
    assert [row.line.replace(PASSWORD, "***").replace("'", "") for row in shown] == [
        row.line.replace("'", "") for row in masked
    ]


def test_who_takes_any_certificate_is_named_where_there_are_certificates() -> None:
    def unverified(**settings: Any) -> set[str]:
        return {row.program for row in rows_of(lab(**settings), False) if UNVERIFIED in row.notes}

    assert unverified(**path(**VIEWERS)) == set()
    assert unverified(**path(**VIEWERS), **ENCRYPTED) == {"ffmpeg, RTSPS", "mpv", "ffplay", "VLC, RTMP"}


def test_own_authority_has_to_be_brought_to_each_computer() -> None:
    own = {**ENCRYPTED, "web": {"domain": "video.company.net", "tls": {"root": PEM}}}
    said = "\n".join(ending("prod", lab(**path(), **own), show_secrets=True))
    assert "envivo urls prod --authority" in said and "/usr/local/share/ca-certificates/envivo-prod.crt" in said
    assert "--authority" not in "\n".join(ending("prod", lab(**path(), **ENCRYPTED), show_secrets=True))


def test_masked_passwords_are_explained() -> None:
    assert "*** hides a password. To print it: envivo urls lab --show-secrets" in ending(
        "lab", lab(), show_secrets=False
    )


RTMP_ANSWER = json.dumps(
    {"id": "x", "remoteAddr": "10.0.0.5:40000", "query": f"user=cam&pass={P}", "userAgent": 'O"BS', "state": "publish"},
    separators=(",", ":"),
)
"""As MediaMTX writes it."""


@pytest.mark.parametrize("settings", [{}, ENCRYPTED, path("garden")])
def test_page_is_first_and_publishing_comes_after_watching(settings: dict[str, Any]) -> None:
    found = rows_of(lab(**settings), False)
    for name in {row.path for row in found}:
        of_path = [row for row in found if row.path == name]
        assert (of_path[0].program, of_path[0].line.splitlines()[0].split("//")[0]) in [
            ("browser", "WebRTC: http:"),
            ("browser", "WebRTC: https:"),
        ]
        assert [row.action for row in of_path] == sorted((row.action for row in of_path), reverse=True)


def test_sites_that_may_embed_the_player_get_a_line_to_copy() -> None:
    origins = ["https://www.company.net", "http://intranet:8080"]
    embed = ("watch", "page of another site")
    found = lines(**{**ENCRYPTED, "web": {**ENCRYPTED["web"], "origins": origins}}, name="webcam")[embed]
    assert found.splitlines() == [
        '<iframe src="https://video.company.net/web/player.html?path=webcam&amp;embed=1"',
        ' allow="autoplay; fullscreen; picture-in-picture; clipboard-write"',
        ' style="width: 100%; aspect-ratio: 16/9; border: 0"></iframe>',
    ]
    assert embed not in lines(**ENCRYPTED)


def test_wrapped_command_is_the_same_to_a_shell() -> None:
    commands = [line for table in (PLAIN, OVER_TLS) for line in table.values() if ": " not in line]
    for line in commands:
        printed = list(wrapped(line, 100))
        shell = ["sh", "-c", "printf '%s\\n' " + "\n".join(printed)]
        read = subprocess.run(shell, capture_output=True, text=True, check=True)
        assert read.stdout.splitlines() == shlex.split(line)
        assert all(len(one) <= 100 for one in printed if PASSWORD not in one)


def test_option_is_not_parted_from_its_value() -> None:
    assert list(wrapped("ffmpeg -f lavfi -i x ! sink a=1", 17)) == ["ffmpeg -f lavfi \\", "  -i x ! sink \\", "  a=1"]


def test_text_is_grouped_by_path_and_says_a_note_once_per_program() -> None:
    notes = ("slow", "loud")
    printed = text(
        [
            ProgramRow("a", "publish", "OBS", "Server: s\nStream Key: k", notes),
            ProgramRow("a", "watch", "VLC", "vlc u", notes[:1]),
            ProgramRow("b", "publish", "OBS", "Server: s", notes),
        ]
    )
    assert list(printed) == [
        "a", "  publish", "    OBS", "      Server: s", "      Stream Key: k", "        - slow", "        - loud",
        "  watch", "    VLC", "      vlc u", "        - slow",
        "b", "  publish", "    OBS", "      Server: s",
    ]  # fmt: skip


def test_text_fits_the_screen_but_for_what_cannot_be_parted() -> None:
    settings = lab(**path(**VIEWERS), **ENCRYPTED)
    printed = [*text(rows_of(settings, False)), *ending("prod", settings, False)]
    assert [line for line in printed if len(line) > COLUMNS] == []


def test_connections_of_rtmp_are_asked_for_in_one_place_which_filters_the_answer_on_the_host() -> None:
    """Their `query` is the password of who publishes or watches: docs/notes/mediamtx.md#secrets-in-the-api"""
    directories = [ROOT / name for name in ("agent", "envivo", "player", "roles", "templates")]
    suffixes = {".py", ".js", ".j2", ".html", ".sh"}
    files = [file for directory in directories for file in directory.rglob("*") if file.suffix in suffixes]

    def naming(words: str) -> set[str]:
        return {str(file.relative_to(ROOT)) for file in files if re.search(words, file.read_text())}

    assert naming(r"\brtmps?conns\b") == {"envivo/probes/mediamtx.py"}
    assert naming(r"\.session\b.*WITHOUT_SECRETS") == {"roles/media/publishers.py"}
    answer = json.dumps({"query": "user=a&pass=\\", "x": "y"})
    found = subprocess.run(["sh", "-c", WITHOUT_SECRETS], input=RTMP_ANSWER + answer, capture_output=True, text=True)
    assert found.stdout.splitlines() == ['"remoteAddr":"10.0.0.5:40000"', '"userAgent":"O\\"BS"']
