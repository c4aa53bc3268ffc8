"""The environment of the local machine: safe settings nobody has to write by hand.

Called by manage.py before Django reads its settings.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import environ

from finseg.local.errors import CannotStart

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local"
"""Everything the local machine keeps: data, secrets, notes. Removing it starts afresh."""

_CHOSEN_BY_HAND = {"DEBUG", "SECRET_KEY", "MONGODB_URI"}


def prepare(*, starting: bool, folder: Path = FOLDER) -> None:
    """Complete `os.environ` for a command of manage.py; what is set already stays.

    Parameters
    ----------
    starting : bool
        True for `up`, which runs the machine and so decides its settings. Any other command
        takes over the settings of a machine that `up` has started, unless the environment
        itself says which deployment is meant.
    folder : Path
        Where they are kept.

    Raises
    ------
    CannotStart
        If the folder cannot be written to.
    """
    if (ROOT / ".env").is_file():
        environ.Env.read_env(ROOT / ".env")
    if starting:
        for name, value in defaults(folder).items():
            # A variable left empty, as a copied .env.example has them, says nothing.
            os.environ[name] = os.environ.get(name) or value
    elif not _CHOSEN_BY_HAND & os.environ.keys() and (folder / "environment").is_file():
        environ.Env.read_env(folder / "environment")


def defaults(folder: Path) -> dict[str, str]:
    """Return the settings that `up` runs with: production's own, less what needs a certificate."""
    return {
        "DEBUG": "off",
        "HTTPS": "off",
        "DEMO": "on",
        "LOG_LEVEL": "WARNING",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SECRET_KEY": secret_key(folder),
    }


def secret_key(folder: Path) -> str:
    """Return this installation's secret key, made on the first call, readable by its owner only."""
    path = folder / "secret-key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists() or not path.read_text().strip():
            write_private(path, secrets.token_urlsafe(50))
        return path.read_text().strip()
    except OSError as error:
        raise CannotStart(f"finseg cannot write to {folder}: {error.strerror}.") from None


def write_settings(folder: Path, settings: Mapping[str, str]) -> None:
    """Keep the settings of the running machine for the other commands of manage.py."""
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    write_private(folder / "environment", "".join(lines))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.replace(draft, path)
