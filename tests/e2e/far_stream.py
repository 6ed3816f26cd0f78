"""What a viewer of MediaMTX gets, frame by frame."""

import av

from tests.patience import patient


def stamps(media: str, path: str, count: int) -> list[float]:
    """The times of so many frames, in seconds, in the order of their arrival over RTSP."""
    found: list[float] = []
    # beside a second stream FFmpeg moves all times by what the first sender report says, in the midst of them
    options = {"rtsp_transport": "tcp", "allowed_media_types": "video"}
    with av.open(f"rtsp://{media}:8554/{path}", options=options, timeout=patient(10)) as stream:
        for packet in stream.demux(video=0):
            if packet.pts is not None and packet.time_base is not None:
                found.append(float(packet.pts * packet.time_base))
            if len(found) == count:
                break
    return found
