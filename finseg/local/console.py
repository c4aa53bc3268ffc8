"""What the person at the keyboard sees: every line says which process it comes from."""

import os
import sys
from typing import TextIO

_COLOURS = (36, 33, 35, 32, 34, 31, 96, 93)
_WIDTH = 11


class Console:
    """Lines of many processes on one screen.

    Parameters
    ----------
    stream : file
        Where lines go; coloured when it is a terminal and NO_COLOR is not set.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._colour_of: dict[str, int] = {}

    def line(self, name: str, text: str) -> None:
        """Write one line of the process `name`."""
        prefix = f"{name:<{_WIDTH}}|"
        if self._coloured:
            colour = self._colour_of.setdefault(
                name, _COLOURS[len(self._colour_of) % len(_COLOURS)]
            )
            prefix = f"\033[{colour}m{prefix}\033[0m"
        self._write(f"{prefix} {text}")

    def say(self, text: str) -> None:
        """Write a line of finseg's own."""
        self.line("finseg", text)

    def _write(self, text: str) -> None:
        try:
            print(text, file=self._stream, flush=True)
        except (BrokenPipeError, ValueError):
            # Whoever read along has gone; the servers go on.
            self._stream = open(os.devnull, "w")  # noqa: SIM115
