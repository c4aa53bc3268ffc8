"""Numbers, days and times as brokers and spreadsheets write them; what is in doubt is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Order = Literal["day", "month"]

_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}(\.[0-9]*)?")
_POWER = re.compile(r"[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
_CURRENCY = re.compile(r"^(₹|rs\.?|inr)\s*|\s*(₹|rs\.?|inr)$", re.IGNORECASE)
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_PLAIN = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})")
_NAMED = re.compile(r"([0-9]{1,2})[-/. ]([A-Za-z]{3,9})[-/., ]+([0-9]{4}|[0-9]{2})")
_TIME = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\s*([AaPp][Mm])?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class BadCell(ValueError):
    """A cell that cannot be read for sure; the sentence says why."""


def number_from(text: str) -> Decimal:
    """The number that a cell shows.

    Parameters
    ----------
    text : str
        As 1234.5, 1,23,456.78 (Indian) or 123,456.78 (western grouping), ₹ 12, Rs. 12,
        (1,200) or -1,200 or 1,200- for a negative one, 1.5E+3.

    Raises
    ------
    BadCell
        For anything else: 12,50 may be a decimal comma, and is not guessed at.
    """
    shown = text.replace("\u00a0", " ").replace("−", "-").strip()
    body = _CURRENCY.sub("", shown)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1]
    elif body.startswith("-"):
        negative, body = True, body[1:]
    elif body.endswith("-"):
        negative, body = True, body[:-1]
    body = _CURRENCY.sub("", body.strip().removeprefix("+")).strip()
    if not body:
        raise BadCell("There is no number.")
    if _GROUPED.fullmatch(body):
        body = body.replace(",", "")
    elif not (_NUMBER.fullmatch(body) or _POWER.fullmatch(body)):
        raise BadCell(f"“{short(text)}” is not a number.")
    value = Decimal(body)
    return -value if negative else value


def day_order(texts: Iterable[str]) -> Order | None:
    """Which of a column's dates comes first, day or month; None where each may be either.

    Raises
    ------
    BadCell
        If some dates can only be read one way and others only the other way.
    """
    firsts, seconds = set(), set()
    for text in texts:
        match = _PLAIN.match(text.strip())
        if match:
            firsts.add(int(match[1]))
            seconds.add(int(match[2]))
    by_day, by_month = max(firsts, default=0) > 12, max(seconds, default=0) > 12
    if by_day and by_month:
        raise BadCell("Some dates have the day first and others the month.")
    return "day" if by_day else "month" if by_month else None


def day_from(text: str, *, order: Order = "day") -> date:
    """The day that a cell shows, with or without a time after it.

    Parameters
    ----------
    text : str
        As 2024-07-01, 01-07-2024, 01/07/24, 1 Jul 2024, each with a time or without.
    order : {"day", "month"}
        What comes first where the month is a number and the year last.
    """
    text = text.strip()
    if match := _ISO.match(text):
        year, month, day = match[1], int(match[2]), int(match[3])
    elif match := _PLAIN.match(text):
        day, month, year = int(match[1]), int(match[2]), match[3]
        if order == "month":
            day, month = month, day
    elif (match := _NAMED.match(text)) and match[2][:3].lower() in _MONTHS:
        day, month, year = int(match[1]), _MONTHS.index(match[2][:3].lower()) + 1, match[3]
    else:
        raise BadCell(f"“{short(text)}” is not a date." if text else "There is no date.")
    rest = text[match.end() :].lstrip(" T,")
    if rest and not _TIME.fullmatch(rest):
        raise BadCell(f"“{short(text)}” is not a date.")
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    except ValueError:
        raise BadCell(f"“{short(text)}” is not a day of the calendar.") from None


def time_from(text: str) -> str:
    """The time in a cell as 09:15:00; empty where there is none."""
    text = text.strip()
    found = _TIME.fullmatch(text) or _TIME.fullmatch(re.split(r"[ T]", text, maxsplit=1)[-1])
    if not found:
        return ""
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        hour = hour % 12 + (12 if found[4].lower() == "pm" else 0)
    try:
        return f"{datetime(2000, 1, 1, hour, minute, second):%H:%M:%S}"
    except ValueError:
        return ""


def short(text: str, most: int = 40) -> str:
    """A cell as a sentence can quote it."""
    text = "".join(c for c in text.strip() if c.isprintable())
    return text if len(text) <= most else f"{text[: most - 1]}…"
