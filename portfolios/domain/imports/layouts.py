"""The layouts of Indian brokers' files, told by the heads of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portfolios.domain.imports.candidates import Reading
from portfolios.domain.imports.mapping import Mapping, read_rows
from portfolios.domain.imports.tables import Sheet

REACH = 60
"""Rows looked through for the heads: banners take a dozen."""

LAYOUTS = (
    Mapping(
        "zerodha", "Zerodha tradebook", "trades",
        {
            "symbol": "symbol", "isin": "isin", "day": "trade_date", "exchange": "exchange",
            "segment": "segment", "side": "trade_type", "quantity": "quantity",
            "price": "price", "trade_id": "trade_id", "order_id": "order_id",
            "time": "order_execution_time",
        },
    ),
    Mapping(
        "zerodha-holdings", "Zerodha holdings", "holdings",
        {"symbol": "Instrument", "quantity": "Qty.", "price": "Avg. cost"},
    ),
    Mapping(
        "groww", "Groww order history", "trades",
        {
            "name": "Stock name", "symbol": "Symbol", "isin": "ISIN", "side": "Type",
            "quantity": "Quantity", "amount": "Value", "exchange": "Exchange",
            # An order has one row, so that its number is as good as a trade's.
            "trade_id": "Exchange Order Id", "day": "Execution date and time",
            "status": "Order status",
        },
    ),
    Mapping(
        "groww-holdings", "Groww holdings", "holdings",
        {
            "name": "Stock Name", "isin": "ISIN", "quantity": "Quantity",
            "price": "Average buying price",
        },
    ),
    Mapping(
        "upstox", "Upstox trade report", "trades",
        {
            "day": "Date", "name": "Company", "exchange": "Exchange", "segment": "Segment",
            "code": "Scrip Code", "trade_id": "Trade Num", "time": "Trade Time",
            "side": "Side", "quantity": "Quantity", "price": "Price",
        },
    ),
    Mapping(
        "upstox-holdings", "Upstox holdings", "holdings",
        {
            "name": "Company Name", "symbol": "Symbol", "quantity": "Quantity",
            "price": "Average Price",
        },
    ),
    Mapping(
        "dhan-holdings", "Dhan holdings", "holdings",
        {
            "symbol": "Trading Symbol", "isin": "ISIN", "exchange": "Exchange",
            "quantity": "Total Qty", "price": "Average Buy Price",
        },
    ),
    Mapping(
        "icici-holdings", "ICICI Direct holdings", "holdings",
        # Its scrip codes are its own, not the exchanges'.
        {"name": "Scrip Name", "quantity": "Holding Qty", "price": "Average Cost"},
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """Where in a file a layout begins."""

    mapping: Mapping
    sheet: Sheet
    at: int

    def read(self) -> Reading:
        return read_rows(self.mapping, self.sheet, self.at)


def recognise(sheets: Sequence[Sheet], mappings: Iterable[Mapping] = LAYOUTS) -> Found | None:
    """The layout that fits with most columns, in the first sheet that has one."""
    ranked = sorted(mappings, key=lambda mapping: -len(mapping.columns))
    for sheet in sheets:
        for at, row in enumerate(sheet.rows[:REACH]):
            for mapping in ranked:
                if mapping.fits(row):
                    return Found(mapping, sheet, at)
    return None
