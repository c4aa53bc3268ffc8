"""Writing one ready WebSocket frame to many sockets.

Through ASGI every message to every client passes a coroutine, a dict, an encoding of its text, a
framing of its bytes and a registration with the event loop: about 100 microseconds, most of it the
same work for the same frame. Where the server is Daphne, the frame is made once and handed to the
socket itself: about 15. Under any other server `direct_outlet` finds nothing, and the ASGI way is
used. It also tells what ASGI under Daphne cannot: whether the client has read what it was sent.
"""

import functools
import struct

from channels.sessions import InstanceSessionWrapper

from accounts.presence import Visit

try:
    from daphne.ws_protocol import WebSocketProtocol
    from twisted.internet.tcp import Connection
except ImportError:  # another ASGI server, without Daphne installed
    WebSocketProtocol = Connection = None

_FINAL_TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    """One unmasked, final text frame of RFC 6455, section 5.2.

    Parameters
    ----------
    payload : bytes
        UTF-8 text.
    """
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", _FINAL_TEXT, size) + payload
    if size < 65_536:
        return struct.pack("!BBH", _FINAL_TEXT, 126, size) + payload
    return struct.pack("!BBQ", _FINAL_TEXT, 127, size) + payload


def direct_outlet(send) -> "DirectOutlet | None":
    """A way around ASGI for the connection behind an ASGI `send`; None where there is none.

    Only for a plain TCP connection of Daphne without message compression.
    """
    protocol = _daphne_protocol(send)
    if protocol is None:
        return None
    transport = getattr(protocol, "transport", None)
    plain = isinstance(transport, Connection) and not transport.TLS
    if not plain or getattr(protocol, "_perMessageCompress", None) is not None:
        return None
    return DirectOutlet(protocol, transport)


def bound_messages(send, size: int) -> None:
    """Let Daphne drop a connection whose client sends more than `size` bytes in one message.

    Without a bound, Daphne collects a message of any size in memory before anyone may refuse it.
    """
    protocol = _daphne_protocol(send)
    if protocol is not None:
        protocol.maxMessagePayloadSize = protocol.maxFramePayloadSize = size


def _daphne_protocol(send):
    """The connection of Daphne behind an ASGI `send`; None under another server."""
    # Channels' session middleware wraps `send` to save sessions, which no frame changes, and
    # `Visit` to be quiet once the client has left, which `DirectOutlet.write` sees for itself.
    while isinstance(wrapper := getattr(send, "__self__", None), InstanceSessionWrapper | Visit):
        send = wrapper.real_send
    if WebSocketProtocol is None or not isinstance(send, functools.partial) or not send.args:
        return None
    return send.args[0] if isinstance(send.args[0], WebSocketProtocol) else None


class DirectOutlet:
    """The socket of one open WebSocket connection."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol, transport):
        self._protocol, self._transport = protocol, transport

    @property
    def idle(self) -> bool:
        """True when everything written so far has left for the client."""
        transport = self._transport
        return not (
            transport._tempDataBuffer
            or len(transport.dataBuffer) > transport.offset
            or self._protocol.send_queue
        )

    def write(self, frame: bytes) -> bool:
        """Write a ready frame at once; False, and nothing is written, while the client lags."""
        if not self.idle or self._protocol.state != self._protocol.STATE_OPEN:
            return False
        sent = self._transport.writeSomeData(frame)
        if not isinstance(sent, int):
            return False
        if sent < len(frame):
            self._transport.write(frame[sent:])
        return True
