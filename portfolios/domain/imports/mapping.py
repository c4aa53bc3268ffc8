"""Read any table whose columns are named: what brokers' layouts are, and what an investor saves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolios.domain.entries import plain
from portfolios.domain.imports.candidates import Candidate, Holds, Reading, Refused
from portfolios.domain.imports.numbers import (
    BadCell,
    Order,
    day_from,
    day_order,
    number_from,
    short,
    time_from,
)
from portfolios.domain.imports.tables import FileRefused, Sheet

MAPPED = "mapped"
"""Key of a layout whose columns the investor named."""
FIELDS = {
    "symbol": "Symbol",
    "isin": "ISIN",
    "name": "Company name",
    "code": "BSE code",
    "side": "Buy or sell",
    "quantity": "Shares",
    "price": "Price a share",
    "amount": "Amount of the row",
    "charges": "Charges",
    "day": "Date",
    "time": "Time",
    "trade_id": "Trade number",
    "order_id": "Order number",
    "exchange": "Exchange",
    "segment": "Segment",
    "status": "Order status",
}
"""What a column may hold, by name."""

_WORDS = {
    "symbol": ("symbol", "trading symbol", "ticker", "scrip", "instrument", "stock symbol"),
    "isin": ("isin", "isin code", "isin number"),
    "name": ("name", "company", "company name", "stock name", "scrip name", "stock", "security"),
    "code": ("bse code", "scrip code", "security code"),
    "side": ("side", "type", "trade type", "buy/sell", "transaction type", "b/s", "action"),
    "quantity": ("quantity", "qty", "qty.", "shares", "units", "net qty", "holding qty"),
    "price": ("price", "rate", "trade price", "avg. cost", "average price", "avg price",
              "average cost", "average buy price", "price per share"),
    "amount": ("amount", "value", "trade value", "total"),
    "charges": ("charges", "brokerage", "fees", "total charges"),
    "day": ("date", "trade date", "trade_date", "transaction date", "execution date and time"),
    "time": ("time", "trade time", "execution time"),
    "trade_id": ("trade id", "trade_id", "trade no", "trade num", "trade no.", "trade number"),
    "order_id": ("order id", "order_id", "order no", "order number"),
    "exchange": ("exchange",),
    "segment": ("segment",),
    "status": ("status", "order status"),
}  # fmt: skip

_BUY = {"b", "buy", "bought", "purchase", "purchased", "p"}
_SELL = {"s", "sell", "sold", "sale"}
_SHARES = {"", "eq", "equity", "equities", "cash", "cm", "nse", "bse", "nse_eq", "bse_eq", "stock"}
_DERIVATIVES = {"fo", "f&o", "fno", "nfo", "bfo", "derivatives", "futures", "options"}
_FUNDS = {"mf", "mutual fund", "mutual funds"}
_DONE = {"", "executed", "complete", "completed", "traded", "filled"}
_TOTAL = re.compile(r"(grand |sub ?)?total\b", re.IGNORECASE)
# Spreadsheets show long numbers as 1.30E+14, which many orders then share.
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_PRICE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column of a table holds what.

    Parameters
    ----------
    key, label : str
    holds : {"trades", "holdings"}
    columns : dict of str to str
        A field of `FIELDS` to the head of its column.
    """

    key: str
    label: str
    holds: Holds
    columns: dict[str, str]

    @property
    def fault(self) -> str:
        """What it lacks, in a sentence; empty where it can be read by."""
        has = self.columns.keys()
        if not has & {"symbol", "isin", "name"}:
            return "Choose the column that names the stock: its symbol, ISIN or company."
        if "quantity" not in has:
            return "Choose the column with the number of shares."
        if not has & {"price", "amount"}:
            return "Choose the column with the price of a share, or with the amount of the row."
        if self.holds == "trades" and "day" not in has:
            return "Choose the column with the date of the trade."
        for head in self.columns.values():
            named = [FIELDS[name] for name, own in self.columns.items() if norm(own) == norm(head)]
            if len(named) > 1:
                twice = " and for ".join(f"“{label}”" for label in named)
                return f"The column “{head}” is chosen for {twice}: it can hold one thing only."
        return ""

    def fits(self, heads: Sequence[str]) -> bool:
        """Whether a row of heads has all columns."""
        known = {norm(head) for head in heads}
        return all(norm(head) in known for head in self.columns.values())


def norm(head: str) -> str:
    """A column's head in one spelling."""
    return " ".join(head.replace("\ufeff", "").replace("_", " ").lower().split())


def suggest(heads: Sequence[str]) -> dict[str, str]:
    """A first guess at the columns of an unknown table."""
    by_norm = {norm(head): head for head in reversed(heads) if head}
    found: dict[str, str] = {}
    for name, words in _WORDS.items():
        head = next((by_norm[norm(word)] for word in words if norm(word) in by_norm), None)
        if head is not None and head not in found.values():
            found[name] = head
    return found


def head_row(rows: Sequence[Sequence[str]], reach: int = 40) -> int:
    """Index of the row that looks most like heads: many different texts, none a number."""

    def score(row):
        cells = [cell for cell in row if cell]
        texts = {norm(cell) for cell in cells if not re.fullmatch(r"[\d.,:/ -]+", cell)}
        known = sum(any(text in words for words in _WORDS.values()) for text in texts)
        return (known, len(texts)) if len(texts) == len(cells) > 1 else (-1, 0)

    return max(range(min(len(rows), reach)), key=lambda i: (score(rows[i]), -i))


def read_rows(mapping: Mapping, sheet: Sheet, at: int) -> Reading:
    """Candidates from the rows below a row of heads.

    Parameters
    ----------
    mapping : Mapping
    sheet : Sheet
    at : int
        Index of the row of heads.

    Raises
    ------
    FileRefused
        If the dates of the file cannot all be read in one order.
    """
    reading = Reading(mapping.key, mapping.label, mapping.holds)
    heads = [norm(head) for head in sheet.rows[at]]
    places = {name: heads.index(norm(head)) for name, head in mapping.columns.items()}
    order = _order(reading, sheet.rows[at + 1 :], places.get("day"))
    signed = mapping.holds == "trades" and _are_sales_negative(sheet.rows[at + 1 :], places)
    if signed:
        reading.notes.append("Sales have a minus before their shares, and are read without it.")
    for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2):
        if not any(row):
            continue
        cells = {name: row[i] if i < len(row) else "" for name, i in places.items()}
        try:
            reading.candidates.append(_candidate(mapping, number, row, cells, order, signed))
        except BadCell as fault:
            text = short(", ".join(cell for cell in row if cell), 80)
            reading.refused.append(Refused(number, str(fault), text))
    return reading


def _order(reading: Reading, rows: Sequence[Sequence[str]], place: int | None) -> Order:
    if place is None:
        return "day"
    texts = {row[place] for row in rows if place < len(row)}
    try:
        order = day_order(texts)
    except BadCell as fault:
        raise FileRefused(f"{fault} Save the file with dates as 2024-07-31.") from None
    if order is None and any(re.match(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d", text) for text in texts):
        reading.notes.append("Dates were read with the day first; nothing in the file says so.")
    elif order == "month":
        reading.notes.append("Dates were read with the month first, which some of them must be.")
    return order or "day"


def _candidate(
    mapping: Mapping,
    number: int,
    row: Sequence[str],
    cells: dict[str, str],
    order: Order,
    signed: bool,
) -> Candidate:
    _check_row(row, cells)
    if not (cells.get("symbol") or cells.get("isin") or cells.get("name")):
        raise BadCell("The row names no stock.")
    quantity = _number(cells, "quantity", "number of shares")
    kind, quantity = _side(mapping, cells, quantity, signed)
    if not quantity:
        raise BadCell("No shares.")
    price = _price(cells, quantity)
    charges = abs(number_from(cells["charges"])) if cells.get("charges") else None
    day: date | None = None
    if mapping.holds == "trades":
        day = day_from(cells["day"], order=order)
    trade_id = cells.get("trade_id", "")
    return Candidate(
        number,
        kind,
        quantity,
        price,
        day,
        symbol=cells.get("symbol", "").upper(),
        isin=cells.get("isin", "").upper(),
        code=cells.get("code", ""),
        name=cells.get("name", ""),
        time=time_from(cells.get("time") or cells.get("day", "")),
        charges=charges,
        trade_id="" if _ROUNDED.fullmatch(trade_id) else trade_id,
        order_id=cells.get("order_id", ""),
        exchange=cells.get("exchange", "").upper(),
    )


def _check_row(row: Sequence[str], cells: dict[str, str]) -> None:
    """Refuse what is no row of data, or of no shares."""
    if _TOTAL.match(next(cell for cell in row if cell)):
        raise BadCell("A total, not a row of its own.")
    if sum(bool(cell) for cell in row) == 1:
        raise BadCell("A line of text.")
    if cells.get("quantity") and norm(cells["quantity"]) in {norm(w) for w in _WORDS["quantity"]}:
        raise BadCell("The heads of the columns once more.")
    segment = cells.get("segment", "").lower()
    if segment in _FUNDS:
        raise BadCell("Units of a mutual fund are no part of a ledger of shares.")
    if segment in _DERIVATIVES:
        raise BadCell("Futures and options are no part of a ledger of shares.")
    if segment not in _SHARES:
        raise BadCell(f"“{short(segment)}” is no segment of shares.")
    if cells.get("status", "").lower() not in _DONE:
        raise BadCell(f"The order was not carried out: {short(cells['status'])}.")


def _are_sales_negative(rows: Sequence[Sequence[str]], places: dict[str, int]) -> bool:
    """Whether every sale of a file has a minus, as some brokers write them."""
    side, shares = places.get("side"), places["quantity"]
    if side is None:
        return False
    sold = [
        row[shares] for row in rows if max(side, shares) < len(row) and row[side].lower() in _SELL
    ]
    sold = [text for text in sold if text]
    return bool(sold) and all(text[0] in "-−(" or text[-1] == "-" for text in sold)


def _side(
    mapping: Mapping, cells: dict[str, str], quantity: Decimal, signed: bool
) -> tuple[str, Decimal]:
    minus = f"−{plain(-quantity)} shares"
    if mapping.holds == "holdings":
        if quantity < 0:
            raise BadCell(f"{minus} are held, it says: a short position is no holding.")
        return "transfer_in", quantity
    if "side" not in mapping.columns:
        return ("sell", -quantity) if quantity < 0 else ("buy", quantity)
    word = cells["side"].lower()
    if word in _SELL:
        if quantity < 0 and not signed:
            raise BadCell(
                f"Sells {minus}, while other sales of the file have no minus: it may be one that "
                "was taken back."
            )
        return "sell", abs(quantity)
    if word not in _BUY:
        raise BadCell(f"“{short(cells['side'])}” is neither a purchase nor a sale.")
    if quantity < 0:
        raise BadCell(f"Buys {minus}: their number must be above zero.")
    return "buy", quantity


def _price(cells: dict[str, str], quantity: Decimal) -> Decimal:
    if cells.get("price"):
        return _number(cells, "price", "price")
    amount = abs(_number(cells, "amount", "amount"))
    return (amount / quantity).quantize(_PRICE_STEP)


def _number(cells: dict[str, str], name: str, what: str) -> Decimal:
    if not cells.get(name):
        raise BadCell(f"There is no {what}.")
    return number_from(cells[name])
