"""Lists of customers for a campaign: purposes, the consent each needs, and the lines of a file."""

import csv
import io
import math
from dataclasses import dataclass

from accounts.domain.consent import OFFERS, PROFILING
from accounts.domain.sectors import SECTORS
from segmentation.domain.measures import MEASURES, as_shown, label_with_unit


@dataclass(frozen=True)
class Purpose:
    """What a list is for.

    Attributes
    ----------
    key, label : str
    consent : str
        Purpose of consent (`accounts.domain.consent`) without which a customer is left out.
    told : str
        What the customer reads about it on their privacy page.
    """

    key: str
    label: str
    consent: str
    told: str


PURPOSES = {
    each.key: each
    for each in (
        Purpose("offer", "Offer of a service", OFFERS, "A list of customers for an offer"),
        Purpose(
            "invitation",
            "Invitation to a talk or an event",
            OFFERS,
            "A list of customers for an invitation",
        ),
        Purpose("survey", "Survey", OFFERS, "A list of customers for a survey"),
        Purpose(
            "care",
            "Call about the customer's own portfolio, without an offer",
            PROFILING,
            "A list of customers to call about their own portfolio",
        ),
    )
}
CONSENT_WORDS = {OFFERS: "being written to with offers", PROFILING: "profiling"}


@dataclass(frozen=True)
class Column:
    """One column a file can have.

    Attributes
    ----------
    key : str
        Field of the read model; `sectors` is written out of its mask.
    label : str
        Head of the column, with the unit where the figure needs one.
    number : bool
        Written as a plain number; words are made safe instead.
    """

    key: str
    label: str
    number: bool


ALWAYS = Column("number", "Customer number", False)
COLUMNS = {
    each.key: each
    for each in (
        Column("email", "E-mail", False),
        Column("segment_name", "Segment", False),
        Column("tier", "Tier", False),
        Column("stated_class", "Stated risk", False),
        Column("risk_class", "Revealed risk", False),
        Column("sectors", "Preferred sectors", False),
        *(Column(each.key, label_with_unit(each), True) for each in MEASURES),
    )
}
PRESET = ("email", "segment_name", "tier")
"""Chosen where nothing else is."""

# The last four are full-width: spreadsheets set to Japanese or Chinese read them as the first.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe(text):
    """A text that a spreadsheet does not run: one that begins like a formula gets an apostrophe.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    References
    ----------
    .. [1] OWASP, "CSV injection".
    """
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def header(columns):
    """The first line of a file.

    Parameters
    ----------
    columns : sequence of Column

    Returns
    -------
    str
    """
    return _lines([[ALWAYS.label, *(column.label for column in columns)]])


def lines(rows, columns):
    """Lines of a file.

    Parameters
    ----------
    rows : iterable of mapping
        Documents of the read model, `number` among their fields.
    columns : sequence of Column

    Returns
    -------
    str
        Comma-separated, with the line ends of RFC 4180. Unknown figures are empty cells, shares
        are in per cent.
    """
    return _lines([[f"C-{row['number']}", *(_cell(row, each) for each in columns)] for row in rows])


def _lines(rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(row, column):
    if column.key == "sectors":
        mask = row.get("sector_mask") or 0
        return safe("; ".join(name for bit, name in enumerate(SECTORS) if mask >> bit & 1))
    value = row.get(column.key)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return as_shown(column.key, value) if column.number else safe(str(value))
