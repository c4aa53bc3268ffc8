"""The PDF of a depository's statement, read by casparser in a process of its own."""

import subprocess
import sys

import orjson
from django.conf import settings

from portfolios.domain.imports.tables import FileRefused

MODULE = "portfolios.domain.imports.cas_child"
LONGEST = 45


def parse_statement(*, data, password):
    """What a statement says, as plain values.

    The password is used once and kept nowhere.

    Raises
    ------
    FileRefused
        For a wrong password, another kind of PDF, or one that takes too long.
    """
    if "\n" in password or len(password) > 200:
        raise FileRefused("The password does not open this statement.")
    try:
        child = subprocess.run(
            [sys.executable, "-m", MODULE],
            input=password.encode() + b"\n" + data,
            capture_output=True,
            timeout=LONGEST,
            cwd=settings.BASE_DIR,
            check=True,
        )
        said = orjson.loads(child.stdout)
    except subprocess.TimeoutExpired:
        raise FileRefused(f"The PDF could not be read within {LONGEST} seconds.") from None
    except (subprocess.CalledProcessError, orjson.JSONDecodeError):
        raise FileRefused(
            "The file is a PDF, and no consolidated statement that can be read."
        ) from None
    if "refused" in said:
        raise FileRefused(said["refused"])
    return said
