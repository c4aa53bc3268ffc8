"""Personal tokens of the API: what they may do, and how they are told from anything else."""

import hashlib
import secrets

PREFIX = "finseg_"
_BYTES = 32
SHOWN = len(PREFIX) + 4
"""Characters of a token that lists may show, to tell one from another."""

SCOPES = {
    "portfolio:read": "Read portfolios, transactions, performance, risk and tax",
    "portfolio:write": "Record, change and delete transactions, and import files",
}


def new_token() -> str:
    """A token that nobody can guess: 256 bits behind a prefix that scanners of leaks know."""
    return f"{PREFIX}{secrets.token_urlsafe(_BYTES)}"


def digest(token: str) -> str:
    """What is stored of a token; a random one of 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def looks_like_token(text: str) -> bool:
    """Whether a text can be a token at all."""
    return text.startswith(PREFIX) and len(text) == len(PREFIX) + 43 and text.isascii()


def checked_scopes(names) -> list[str]:
    """Known scopes in their order.

    Raises
    ------
    ValueError
        With the sentence to show, for none or an unknown one.
    """
    chosen = set(names)
    if not chosen:
        raise ValueError("Choose what the token may do.")
    if unknown := chosen - set(SCOPES):
        raise ValueError(f"There is no permission named {', '.join(sorted(unknown))}.")
    return [name for name in SCOPES if name in chosen]
