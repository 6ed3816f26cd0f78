"""A viewer over WHEP who stays: counts decoded pictures, and begins again whenever they stop, as a page does."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import pairwise
from typing import NamedTuple

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from envivo.probes import ProbeError, whep
from tests.patience import until

_SILENT_S = 2
"""Without a picture the server is asked whether it still has the session: a busy machine may only be late."""
_AGAIN_S = 0.2


class Frame(NamedTuple):
    at: float
    """Of the monotonic clock."""
    session: int


class LastingViewer:
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._ended = threading.Event()
        self.frames: list[Frame] = []

    def run(self) -> None:
        session = 0
        while not self._ended.is_set():
            session += 1
            try:
                asyncio.run(self._watch(session))
            except (ProbeError, MediaStreamError, TimeoutError):
                self._ended.wait(_AGAIN_S)

    def end(self) -> None:
        self._ended.set()

    async def _watch(self, session: int) -> None:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
        peer.on("track", tracks.put_nowait)
        try:
            peer.addTransceiver("video", direction="recvonly")
            await peer.setLocalDescription(await peer.createOffer())
            begun = await asyncio.to_thread(whep.begin, self._endpoint, peer.localDescription.sdp)
            await peer.setRemoteDescription(RTCSessionDescription(begun.answer, "answer"))
            track = await tracks.get()
            while not self._ended.is_set():
                try:
                    async with asyncio.timeout(_SILENT_S):
                        await track.recv()
                except TimeoutError:
                    if await asyncio.to_thread(begun.patch) != HTTPStatus.NO_CONTENT:
                        raise
                    continue
                self.frames.append(Frame(time.monotonic(), session))
        finally:
            await peer.close()

    def sees(self, more: int) -> bool:
        """Whether so many further pictures come."""
        wanted = len(self.frames) + more
        return until(lambda count: count >= wanted, lambda: len(self.frames), 60, 0.1) >= wanted

    @property
    def session(self) -> int:
        """Of the newest picture."""
        return self.frames[-1].session

    def longest_gap(self, since: float) -> float:
        """Seconds between two pictures that follow each other, of which the second came after `since`."""
        seen = list(self.frames)
        return max(after.at - before.at for before, after in pairwise(seen) if after.at >= since)


@contextmanager
def lasting_viewer(endpoint: str) -> Iterator[LastingViewer]:
    viewer = LastingViewer(endpoint)
    thread = threading.Thread(target=viewer.run)
    thread.start()
    try:
        yield viewer
    finally:
        viewer.end()
        thread.join()
