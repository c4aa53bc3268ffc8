"""Questions of staff over 100,000 portfolios, beside the plain ORM way.

    .venv/bin/python benchmarks/staff.py [--portfolios 100000] [--loop 1000]

Writes a market of 200 stocks over three years and portfolios of ten positions, bought in one
purchase each, past the ORM into a scratch database of its own. The points of all sessions are
stored (timed), then each question is asked through Django's test client as a member of staff does,
the look on record included: the first answer, and the median of ten. The plain way reads portfolio
by portfolio through the ORM; it runs over `--loop` portfolios and is scaled to all, which its
output says.
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import portfolio as market_of  # noqa: E402

YEARS, POSITIONS = 3, 10
QUESTIONS = {
    "best and worst, 1 month": "periods/?period=1m",
    "best and worst, 1 year": "periods/?period=1y",
    "best and worst, own dates": "periods/?period=dates&first=2024-03-15&last=2025-06-20&by=gain",
    "best and worst, since each began": "periods/?period=all",
    "concentration": "concentration/",
    "exposed to a stock": "exposure/?of=S003",
    "exposed to a sector": "exposure/?of=sector:Healthcare&by=share&least=0.25",
    "exposed to a sector, page 1000": "exposure/?of=sector:Healthcare&page=1000",
}


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--portfolios", type=int, default=100_000)
    words.add_argument("--loop", type=int, default=1_000)
    asked = words.parse_args()
    market_of.YEARS = YEARS
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="finseg-bench-"))
        market_of.prepare(stack, folder)
        symbols = market_of.make_market()
        make_portfolios(symbols, asked.portfolios)
        build(asked.portfolios)
        slowest = ask()
        plain = plain_ways(asked.portfolios, asked.loop)
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        print(
            f"staff: slowest answer {slowest:.0f} ms over {asked.portfolios} portfolios, "
            f"ratio {plain / (slowest / 1000):.0f} to the ORM loop"
        )


def make_portfolios(symbols, count):
    """Portfolios of ten purchases at the closes of days in the first half of the history."""
    from bson import Decimal128, ObjectId
    from django.db import connection
    from django.utils import timezone

    from market.queries import price_panel
    from portfolios.blocks import at_midnight
    from portfolios.models import Portfolio, Transaction

    portfolios = connection.get_collection(Portfolio._meta.db_table)
    ledger = connection.get_collection(Transaction._meta.db_table)
    panel = price_panel(symbols=symbols)
    days = [at_midnight(day) for day in panel.dates.tolist()]
    draw, now, zero = np.random.default_rng(11), timezone.now(), Decimal128("0")
    blank = {"symbol": "", "into": "", "action": "", "batch": "", "note": "", "ratio": ""}
    blank |= dict.fromkeys(("cash", "cost_share", "fair", "shares", "into_shares", "moved"), zero)
    blank |= {"paid": zero, "charges": zero, "is_sip": False, "counted_on": None, "kind": "buy"}
    blank |= {"acquired": None, "time": ""}
    for start in range(0, count, 5_000):
        held, bought = [], []
        for row in range(start, min(start + 5_000, count)):
            key, picks = ObjectId(), draw.choice(len(symbols), POSITIONS, replace=False)
            shares = draw.integers(1, 200, POSITIONS)
            rows = draw.integers(0, len(days) // 2, POSITIONS)
            paid = panel.values[rows, picks]
            for n in range(POSITIONS):
                entry = {
                    "symbol": symbols[picks[n]],
                    "portfolio_id": key,
                    "investor_number": 1_000_000 + row,
                    "trade_date": days[rows[n]],
                    "quantity": int(shares[n]),
                    "price": Decimal128(f"{paid[n]:.4f}"),
                    "sequence": n + 1,
                    "created_at": now,
                }
                bought.append(blank | entry)
            put_in = f"{float(paid @ shares):.2f}"
            position = [
                {"symbol": symbols[s], "quantity": int(q), "cost": Decimal128(f"{p * q:.2f}")}
                for s, q, p in zip(picks, shares, paid, strict=True)
            ]
            held.append(
                {
                    "_id": key,
                    "investor_id": ObjectId(),
                    "investor_number": 1_000_000 + row,
                    "name": "My portfolio",
                    "ledger_version": 1,
                    "positions": position,
                    "realised_profit": zero,
                    "money_in": Decimal128(put_in),
                    "money_out": zero,
                    "dividends": zero,
                    "fees": zero,
                    "dismissed": [],
                    "book_dividends": True,
                    "invested": float(put_in),
                    "value": None,
                    "changed_at": now,
                    "created_at": now,
                }
            )
        portfolios.insert_many(held, ordered=False)
        ledger.insert_many(bought, ordered=False)


def build(count):
    """Write the columns that answers are read from."""
    from market.services import store_bars
    from portfolios.models import Portfolio
    from portfolios.services import store_points, value_all_portfolios

    began = time.perf_counter()
    value_all_portfolios(yearly=False)
    print(f"{count} portfolios valued, holdings in columns: {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    store_points()
    print(f"points of {YEARS} years from every first entry: {time.perf_counter() - began:.1f} s")
    one_more_session(store_bars)
    old = Portfolio.objects.first().created_at.replace(year=2020)
    Portfolio.objects.filter(investor_number__gte=1_000_000 + count // 100).update(changed_at=old)
    began = time.perf_counter()
    store_points()
    print(f"a night, one in a hundred changed: {time.perf_counter() - began:.1f} s")


def one_more_session(store_bars):
    from market.domain.bars import Bars
    from market.domain.calendar import nse_calendar
    from market.queries import price_panel

    panel = price_panel(symbols=None)
    day = np.datetime64(nse_calendar().next_session(panel.dates[-1].astype(object)), "D")
    rise = np.random.default_rng(5).normal(1.0, 0.02, len(panel.symbols))
    bars = {}
    for place, symbol in enumerate(panel.symbols):
        close = np.append(panel.values[:, place], panel.values[-1, place] * rise[place])
        volume = np.full(len(close), 800_000)
        bars[symbol] = Bars(np.append(panel.dates, day), *(close,) * 5, volume)
    store_bars(source=market_of.SOURCE, bars=bars)


def ask():
    """Milliseconds of the slowest question, by its median."""
    from django.test import Client

    from accounts.services import register_staff

    client = Client()
    client.force_login(register_staff(email="desk@example.org", password="quiet river 1947 stone"))
    slowest = 0.0
    for name, address in QUESTIONS.items():
        times = []
        for _ in range(11):
            began = time.perf_counter()
            answer = client.get(f"/portfolio/customers/{address}")
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (address, answer.status_code)
        median = statistics.median(times[1:])
        slowest = max(slowest, median)
        print(f"{name:34} first {times[0]:5.0f} ms, then {median:5.0f} ms")
    return slowest


def plain_ways(count, loop):
    """Seconds of the obvious way to a period and an exposure; returns the latter, the shorter."""
    from market.queries import latest_quotes
    from portfolios.analysis import performance_of
    from portfolios.domain.returns import chained
    from portfolios.models import Portfolio

    began = time.perf_counter()
    few = max(loop // 10, 1)
    ranked = []
    for portfolio in Portfolio.objects.order_by("-investor_number")[:few]:
        ranked.append((chained(performance_of(portfolio).daily[-252:]), portfolio.investor_number))
    ranked.sort()
    period = (time.perf_counter() - began) * count / few
    print(f"plain ORM loop for a period, over {few}, scaled to {count}: {period:.0f} s")
    began = time.perf_counter()
    quotes = latest_quotes()
    exposed = []
    for portfolio in Portfolio.objects.order_by("-investor_number")[:loop]:
        worth = {p.symbol: p.quantity * quotes[p.symbol].price for p in portfolio.positions}
        exposed.append((worth.get("S003", 0.0), sum(worth.values()), portfolio.investor_number))
    exposed.sort(reverse=True)
    stock = (time.perf_counter() - began) * count / loop
    print(f"plain ORM loop for exposure, over {loop}, scaled to {count}: {stock:.0f} s")
    return stock


if __name__ == "__main__":
    main()
