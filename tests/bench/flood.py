"""One flood, with the standard library alone: a stranger's host runs it from standard input.

Arguments: kind, address, name of the server, seconds, most tries. Prints a JSON object: tries, and how they ended.
"""

import asyncio
import json
import os
import ssl
import sys
import time
from base64 import b64encode
from collections import Counter
from contextlib import suppress

AT_ONCE = 40
HALF_A_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def trusting() -> ssl.SSLContext:
    """A stranger asks anyhow."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Flood:
    def __init__(self, kind: str, address: str, name: str) -> None:
        self.kind, self.address, self.name = kind, address, name
        self.held: list[asyncio.StreamWriter] = []

    async def once(self, number: int) -> str:
        """How one try ended, in a word."""
        kind, _, where = self.kind.partition(":")
        if kind == "connect":
            _, writer = await asyncio.open_connection(self.address, int(where))
            writer.close()
            return "connected"
        if kind == "half-hello":
            reader, writer = await asyncio.open_connection(self.address, int(where))
            writer.write(HALF_A_HELLO)
            await writer.drain()
            self.held.append(writer)
            return "held" if not reader.at_eof() else "closed"
        if kind == "tls":
            _, writer = await self.tls(int(where))
            writer.close()
            return "handshake"
        if kind == "announce":
            reader, writer = await self.tls(8322)
            writer.write(f"ANNOUNCE rtsps://{self.name}:8322/webcam RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
            return await self.status(reader, writer)
        login = b64encode(f"{where}:{os.urandom(12).hex()}".encode()).decode()
        reader, writer = await self.tls(443)
        headers = {"Host": self.name, "Authorization": f"Basic {login}", "Connection": "close"}
        lines = ["GET /recordings/webcam/ HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items()), "", ""]
        writer.write("\r\n".join(lines).encode())
        return await self.status(reader, writer)

    async def tls(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.address, port, ssl=trusting(), server_hostname=self.name)

    async def status(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        try:
            line = (await reader.readline()).split()
            return line[1].decode() if len(line) > 1 else "closed"
        finally:
            writer.close()


async def main(kind: str, address: str, name: str, seconds: float, most: int) -> None:
    flood, ended, tries = Flood(kind, address, name), Counter[str](), 0
    until = time.monotonic() + seconds

    async def worker() -> None:
        nonlocal tries
        while time.monotonic() < until and tries < most:
            tries += 1
            try:
                async with asyncio.timeout(10):
                    ended[await flood.once(tries)] += 1
            except (OSError, TimeoutError) as error:
                ended[type(error).__name__] += 1

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    with suppress(TimeoutError):
        await asyncio.sleep(max(0.0, until - time.monotonic()))
    for writer in flood.held:
        writer.close()
    print(json.dumps({"tries": tries, "ended": dict(ended)}))


if __name__ == "__main__":
    _, its_kind, its_address, its_name, its_seconds, its_most = sys.argv
    asyncio.run(main(its_kind, its_address, its_name, float(its_seconds), int(its_most)))
