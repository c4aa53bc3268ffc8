"""Whether the collected static files are still those of the sources."""

import hashlib
from pathlib import Path


def fingerprint(root: Path, *extra: str) -> str:
    """Return a value that changes when any static file may have changed.

    Parameters
    ----------
    root : Path
        The project: its own static folders count by name, size and time of change of each
        file; packages and front-end files by what set-up noted when it installed them.
    extra : str
        Whatever else decides how files are collected.
    """
    digest = hashlib.sha256("\0".join(extra).encode())
    for note in (root / ".venv" / "finseg-packages", root / "node_modules" / "finseg-lock"):
        digest.update(note.read_bytes() if note.is_file() else b"none")
    # Not the hidden folders: .local/static is where the collected files themselves lie.
    for path in sorted([*root.glob("static/**/*"), *root.glob("[!.]*/static/**/*")]):
        about = path.stat()
        if path.is_file():
            digest.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
    return digest.hexdigest()
