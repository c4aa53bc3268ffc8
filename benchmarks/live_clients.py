"""Load generator of benchmarks/live.py: N WebSocket clients that note when each frame came.

Speaks the WebSocket protocol by itself: a client library would cost more a frame than the servers
under test, and its queues would be measured instead of theirs. Clients of both servers run the same
code; only the greeting differs.
"""

import asyncio
import base64
import json
import os
import struct
import sys
import time

SENT = b'"sent":'
GROUP = 50


def masked(text: str) -> bytes:
    """A text frame from a client, which the protocol wants masked; up to 125 bytes."""
    data, key = text.encode(), os.urandom(4)
    body = bytes(byte ^ key[i % 4] for i, byte in enumerate(data))
    return struct.pack("!BB", 0x81, 0x80 | len(data)) + key + body


class Client(asyncio.Protocol):
    """One connection: shakes hands, greets, then notes (frame number, delay) of each frame."""

    def __init__(self, kind: str, host: str, cookie: str, latencies: list):
        self.kind, self.host, self.cookie = kind, host, cookie
        self.latencies = latencies
        self.ready = asyncio.get_running_loop().create_future()
        self.buffer = bytearray()
        self.upgraded = False

    def connection_made(self, transport):
        self.transport = transport
        path = "/ws/quotes/" if self.kind == "finseg" else "/socket.io/?EIO=4&transport=websocket"
        key = base64.b64encode(os.urandom(16)).decode()
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://{self.host}\r\n{cookie}\r\n".encode()
        )

    def data_received(self, data):
        received = time.time_ns()
        self.buffer += data
        if not self.upgraded:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            status = bytes(self.buffer[:12])
            if status != b"HTTP/1.1 101":
                self._fail(f"the server answered {status!r}")
                return
            del self.buffer[: end + 4]
            self.upgraded = True
            if self.kind == "finseg":
                self.transport.write(masked('{"type": "subscribe"}'))
        self._frames(received)

    def _frames(self, received):
        buffer, start = self.buffer, 0
        while len(buffer) - start >= 2:
            opcode, length, header = buffer[start] & 15, buffer[start + 1] & 127, 2
            if length == 126:
                if len(buffer) - start < 4:
                    break
                length, header = int.from_bytes(buffer[start + 2 : start + 4], "big"), 4
            elif length == 127:
                if len(buffer) - start < 10:
                    break
                length, header = int.from_bytes(buffer[start + 2 : start + 10], "big"), 10
            if len(buffer) - start < header + length:
                break
            begin = start + header
            start = begin + length
            self._frame(opcode, buffer, begin, start, received)
        if start:
            del buffer[:start]

    def _frame(self, opcode, buffer, begin, end, received):
        if opcode == 9:
            self.transport.write(struct.pack("!BB", 0x8A, 0x80) + bytes(4))
        elif opcode == 8:
            self._fail("the server closed")
        elif self.kind == "flask" and buffer[begin : begin + 2] != b"42":
            self._engine(bytes(buffer[begin : min(end, begin + 2)]))
        else:
            # Socket.IO escapes the quotation marks of a text it carries.
            place = buffer.find(b"sent", begin, min(begin + 200, end))
            if place < 0:
                self._answered()
                return
            digits = bytes(buffer[place + 4 : place + 30])
            sent = int(digits.lstrip(b'\\":').split(b",")[0])
            self.latencies.append(received - sent)

    def _engine(self, head):
        if head[:1] == b"0":
            self.transport.write(masked("40"))
        elif head[:1] == b"2":
            self.transport.write(masked("3"))
        elif head == b"40":
            self._answered()

    def _answered(self):
        if not self.ready.done():
            self.ready.set_result(None)

    def _fail(self, reason):
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(reason))

    def connection_lost(self, exc):
        self._fail(f"the connection was lost ({exc})")


async def run(kind, port, count, cookie):
    """Connect, say so on stdout, measure until stdin closes, then report."""
    loop, host, latencies = asyncio.get_running_loop(), f"127.0.0.1:{port}", []
    transports = []
    for first in range(0, count, GROUP):
        group = []
        for _ in range(min(GROUP, count - first)):
            transport, client = await loop.create_connection(
                lambda: Client(kind, host, cookie, latencies), "127.0.0.1", port
            )
            transports.append(transport)
            group.append(client.ready)
        await asyncio.wait_for(asyncio.gather(*group), 120)
    latencies.clear()
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps(latencies), flush=True)
    for transport in transports:
        transport.abort()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), os.environ.get("COOKIE", "")))
