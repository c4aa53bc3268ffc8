"""A small market, and files as they come."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from market.domain.instruments import InstrumentFacts
from portfolios.domain.imports.resolving import Resolver

BROKERS = Path(__file__).resolve().parents[4] / "shared/data/brokers"
TODAY = date(2025, 12, 17)
FACTS = (
    InstrumentFacts("INFY", "Infosys Ltd.", "INE009A01021", aliases=("INFOSYSTCH",)),
    InstrumentFacts("TCS", "Tata Consultancy Services Ltd.", "INE467B01029"),
    InstrumentFacts("BPCL", "Bharat Petroleum Corporation Ltd.", "INE029A01011"),
    InstrumentFacts("SBIN", "State Bank of India", "INE062A01020"),
    InstrumentFacts("M&M", "Mahindra & Mahindra Ltd.", "INE101A01026"),
    InstrumentFacts("M&MFIN", "Mahindra & Mahindra Financial Services Ltd.", "INE774D01024"),
    InstrumentFacts("YESBANK", "Yes Bank Ltd.", "INE528G01035"),
    InstrumentFacts("NIFTY50", "NIFTY 50", kind="index"),
)
ZERODHA = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,"
    "order_id,order_execution_time"
)


@pytest.fixture
def resolver():
    return Resolver(FACTS)


def real(name):
    """A file in a broker's own layout, or a skipped test."""
    path = BROKERS / name
    if not path.is_file():
        pytest.skip(f"{name} is not here: it lies beside the project and is not part of it")
    return path.read_bytes()


def tradebook(*rows):
    """A Zerodha tradebook; rows as symbol, day, side, shares, price, trade number."""
    lines = [ZERODHA]
    for symbol, day, side, quantity, price, number in rows:
        lines.append(
            f"{symbol},,{day},NSE,EQ,EQ,{side},false,{quantity},{price},{number},"
            f"9{number},{day}T10:00:00"
        )
    return "\n".join(lines).encode()


def csv_of(*rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def xlsx_of(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zip_of(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()
