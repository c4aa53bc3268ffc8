"""A line to the product that can be cut, as a train in a tunnel cuts it.

A browser that is told to be offline keeps its open sockets; and Playwright's switch for it (1.65)
now and then waits for ever, where a service worker is going away.
"""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Line:
    """Passes bytes between a port of its own and the product, until it is cut.

    Attributes
    ----------
    address : str
        To be asked instead of the product's.
    """

    def __init__(self, address):
        where = urlsplit(address)
        self._product = where.hostname, where.port
        self._ends = []
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._ear.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self):
        """Refuse whoever comes, and drop whoever is there."""
        for each in (self._ear, *self._ends):
            with suppress(OSError):  # closed already, by one of its ends
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _listen(self):
        with suppress(OSError):  # cut
            while True:
                near, _ = self._ear.accept()
                far = socket.create_connection(self._product)
                self._ends += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(source, target):
    with suppress(OSError):  # the line was cut, or one end hung up
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
