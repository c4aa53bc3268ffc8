"""Reads and writes of API tokens."""

from datetime import timedelta

from django.utils import timezone

from accounts.domain.tokens import SHOWN, checked_scopes, digest, looks_like_token, new_token
from accounts.models import ApiToken

MOST_TOKENS = 10
LONGEST_DAYS = 366
_USED_EVERY = timedelta(minutes=5)


class TokenRefused(ValueError):
    """A token that is not made; the message says why."""


def create_token(*, user, name, scopes, days) -> tuple[ApiToken, str]:
    """Make a token; the second value is the key, which cannot be read again.

    Raises
    ------
    TokenRefused
    """
    name = " ".join(str(name).split())
    if not 1 <= len(name) <= 60:
        raise TokenRefused("A name has 1 to 60 characters. No token was made.")
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenRefused(f"A token lasts 1 to {LONGEST_DAYS} days. No token was made.")
    try:
        scopes = checked_scopes(scopes)
    except ValueError as error:
        raise TokenRefused(f"{error} No token was made.") from error
    if ApiToken.objects.filter(user=user).count() >= MOST_TOKENS:
        raise TokenRefused(f"{MOST_TOKENS} tokens are the most one can have: revoke one first.")
    key = new_token()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest(key),
        shown=key[:SHOWN],
        scopes=scopes,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token, key


def revoke_token(*, user, pk) -> bool:
    """Delete one of the user's own tokens; tells whether there was one."""
    return bool(ApiToken.objects.filter(user=user, pk=pk).delete()[0])


def tokens_of(user) -> list[ApiToken]:
    """A user's tokens, the newest first."""
    return list(ApiToken.objects.filter(user=user))


def token_for(key: str) -> ApiToken | None:
    """The valid token that a key belongs to, with its owner; None for any other text."""
    if not looks_like_token(key):
        return None
    token = ApiToken.objects.select_related("user").filter(digest=digest(key)).first()
    now = timezone.now()
    if token is None or token.expires_at <= now or not token.user.is_active:
        return None
    # Not with every request: it is a write.
    if token.last_used_at is None or now - token.last_used_at > _USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
