"""A CSV of companies' debts: its rows as records, and its bad rows with the reason."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from market.domain.debts import Debt, refusal

COLUMNS = ("symbol", "as of", "total debt", "shares outstanding", "source")
OTHER_NAMES = {
    "as_of": "as of",
    "date": "as of",
    "debt": "total debt",
    "total_debt": "total debt",
    "shares": "shares outstanding",
    "shares_outstanding": "shares outstanding",
}
DAYS = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d %b %Y")
LONGEST_ORIGIN = 120


class UnreadableFile(ValueError):
    """The file is no table of debts; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was left out: its line in the file, and why."""

    line: int
    symbol: str
    reason: str


@dataclass(frozen=True, slots=True)
class DebtFile:
    """Rows that can be stored, and those that cannot."""

    debts: tuple[Debt, ...]
    rejected: tuple[Rejected, ...]


def read_debts(text: str, names: Mapping[str, str], *, today: date) -> DebtFile:
    """Read a CSV with the columns symbol, as of, total debt, shares outstanding, source.

    Parameters
    ----------
    text : str
        The file; the first line names the columns, in any order.
    names : mapping of str to str
        Symbol by what a company may be called in the file, in capitals.
    today : date

    Raises
    ------
    UnreadableFile
        If a column is missing.
    """
    reader = csv.reader(text.splitlines())
    header = [_column(each) for each in next(reader, [])]
    lacking = [name for name in COLUMNS if name not in header]
    if lacking:
        raise UnreadableFile(
            f"The file lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}. "
            f"Its first line has to name: {', '.join(COLUMNS)}."
        )
    debts: dict[tuple[str, date], Debt] = {}
    rejected = []
    for cells in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        try:
            if len(cells) != len(header):
                raise ValueError(
                    f"it has {len(cells)} cells under {len(header)} columns: numbers with commas "
                    "stand in quotes"
                )
            debt = _debt(row, names, today)
            if (debt.symbol, debt.as_of) in debts:
                raise ValueError("the file tells this company's debt of this day twice")
        except ValueError as error:
            rejected.append(Rejected(line, row.get("symbol", ""), str(error)))
        else:
            debts[debt.symbol, debt.as_of] = debt
    return DebtFile(tuple(debts.values()), tuple(rejected))


def _column(name: str) -> str:
    plain = " ".join(name.strip().lower().split())
    return OTHER_NAMES.get(plain, plain)


def _debt(row: dict[str, str], names: Mapping[str, str], today: date) -> Debt:
    symbol = names.get(row.get("symbol", "").upper())
    if symbol is None:
        raise ValueError("the symbol is not a known company")
    day = _day(row.get("as of", ""))
    total = _number(row.get("total debt", ""), "the total debt")
    shares = _number(row.get("shares outstanding", ""), "the shares outstanding")
    origin = row.get("source", "")
    if not origin:
        raise ValueError("the source is empty: say where the figure is from")
    debt = Debt(symbol, day, total, shares, day, "file", origin[:LONGEST_ORIGIN])
    reason = refusal(debt, today=today)
    if reason:
        raise ValueError(reason)
    return debt


def _day(text: str) -> date:
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ValueError("the date is not written as 2026-03-31")


def _number(text: str, what: str) -> float:
    plain = text.replace(",", "").replace("₹", "").strip()
    try:
        if "_" in plain:  # Python would take it for a thousands mark
            raise ValueError
        return float(plain)
    except ValueError:
        raise ValueError(f"{what} is {text!r}, which is no number") from None
