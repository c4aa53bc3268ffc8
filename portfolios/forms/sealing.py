"""A previewed entry on its way through the browser, so that what was seen is what is booked."""

import secrets
from datetime import date

from django.core import signing

SALT = "portfolios.entry"
A_DAY = 24 * 3600
DATES = ("trade_date", "acquired")


def seal(fields, *, user, **where) -> str:
    """Typed fields of an entry as a text signed for one user, with a key to book it once.

    Parameters
    ----------
    fields : dict
        As `portfolios.services.entry_from` takes them.
    user : User
    **where : str or int
        What the entry is for: kept as it is.
    """
    plain = {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in fields.items()
        if value not in (None, "")
    }
    sealed = {"key": secrets.token_urlsafe(24), "fields": plain, "where": where}
    return signing.dumps(sealed, salt=f"{SALT}.{user.pk}")


def unseal(text, *, user):
    """Fields, place and key of what was sealed for this user; None thrice after a day.

    What was sealed for somebody else, or by nobody, is None as well.
    """
    try:
        sealed = signing.loads(text, salt=f"{SALT}.{user.pk}", max_age=A_DAY)
    except signing.BadSignature:
        return None, None, None
    fields = sealed["fields"]
    for name in DATES:
        if name in fields:
            fields[name] = date.fromisoformat(fields[name])
    return fields, sealed["where"], sealed["key"]
