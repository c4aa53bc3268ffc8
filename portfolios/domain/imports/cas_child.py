"""Reads one statement's PDF in a process of its own: a PDF is a program, and may not end.

    python -m portfolios.domain.imports.cas_child < password, a line feed, the PDF

Writes JSON: the statement, or `{"refused": "why"}`.
"""

from __future__ import annotations

import io
import json
import sys

from casparser import read_cas_pdf
from casparser.exceptions import IncorrectPasswordError, ParserException

NO_STATEMENT = "The file is a PDF, and no consolidated statement of NSDL, CDSL, CAMS or KFintech."
MOST_SECONDS, MOST_MEMORY = 30, 1024 * 1024 * 1024


def main() -> None:
    _limit()
    password, _, data = sys.stdin.buffer.read().partition(b"\n")
    sys.stdout.write(_read(password.decode(), data))


def _read(password: str, data: bytes) -> str:
    try:
        return read_cas_pdf(io.BytesIO(data), password, output="json")
    except IncorrectPasswordError:
        return json.dumps({"refused": "The password does not open this statement."})
    except ParserException:
        return json.dumps({"refused": NO_STATEMENT})


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has none: the caller's clock is the limit there
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    main()
