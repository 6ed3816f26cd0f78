"""A viewer beside a flood: plays over WHEP, signs in anew every second, and prints what happened, a JSON line a second.

Standard input: a JSON object with `endpoint`, `user`, `password`, `seconds`.
"""

import asyncio
import json
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from envivo.probes import ProbeError, whep


def _sign_in(endpoint: str, headers: Mapping[str, str]) -> float | None:
    """Seconds from the first packet to a session, None where there was none."""
    began = time.monotonic()
    try:
        whep.end(whep.begin(endpoint, whep.offer(), headers))
    except ProbeError:
        return None
    return time.monotonic() - began


async def _count(track: Any, seen: list[int]) -> None:
    try:
        while True:
            await track.recv()
            seen[0] += 1
    except MediaStreamError:
        return


async def play(endpoint: str, headers: Mapping[str, str], seconds: float) -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: asyncio.Queue[Any] = asyncio.Queue()
    peer.on("track", tracks.put_nowait)
    peer.addTransceiver("video", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    begun = await asyncio.to_thread(whep.begin, endpoint, peer.localDescription.sdp, headers)
    await peer.setRemoteDescription(RTCSessionDescription(begun.answer, "answer"))
    seen = [0]
    counting = asyncio.create_task(_count(await tracks.get(), seen))
    began = time.monotonic()
    try:
        while (now := time.monotonic()) < began + seconds:
            took = await asyncio.to_thread(_sign_in, endpoint, headers)
            print(json.dumps({"at": time.time(), "frames": seen[0], "sign_in_s": took}), flush=True)
            await asyncio.sleep(max(0.0, now + 1 - time.monotonic()))
    finally:
        counting.cancel()
        await asyncio.to_thread(whep.end, begun)
        await peer.close()


if __name__ == "__main__":
    told = json.load(sys.stdin)
    login = b64encode(f"{told['user']}:{told['password']}".encode()).decode()
    asyncio.run(play(told["endpoint"], {"Authorization": f"Basic {login}"}, told["seconds"]))
