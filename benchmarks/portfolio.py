"""One large portfolio's pages, and 100,000 portfolios valued at once, beside the plain ORM loop.

    .venv/bin/python benchmarks/portfolio.py [--portfolios 100000] [--loop 2000]

Writes a market of 200 stocks over ten years, with dividends and splits, and an investor with 50
stocks and 2,000 trades into a scratch database of its own, and asks for each page as the server
computes it, through Django's test client. The parts that pages load by themselves have lines of
their own. Of each: the first answer of the process, which loads modules, templates and prices; the
median of five after everything that is kept of ledgers, and the cache, is forgotten, as after a
change; and the median of ten with nothing changed; each with the processor's part of it.

Then portfolios of ten positions are written past the ORM and all valued at the latest prices, with
the process's memory before and after. The plain way reads portfolio by portfolio through the ORM,
sums in Python and saves; it runs over `--loop` portfolios and is scaled to all, which its output
says.
"""

import argparse
import contextlib
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

# As the server does: see finseg/asgi.py.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from finseg.local.mongo import start_mongod  # noqa: E402
from finseg.local.valkey import start_valkey  # noqa: E402

STOCKS, YEARS, HELD, TRADES, POSITIONS = 200, 10, 50, 2_000, 10
PAGES = {
    "overview": "/portfolio/",
    "performance": "/portfolio/performance/?period=all",
    "risk": "/portfolio/risk/",
    "correlation": "/portfolio/correlation/",
    "tax": "/portfolio/tax/",
    "transactions": "/portfolio/transactions/",
}
PARTS = {
    "correlation: other weights": "/portfolio/correlation/alternatives/",
    "tax: gains of a year": "/portfolio/tax/gains/?year=2023",
    "tax: lots of a stock": "/portfolio/tax/lots/?stock=S001",
}
SOURCE = "yahoo"


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--portfolios", type=int, default=100_000)
    words.add_argument("--loop", type=int, default=2_000)
    asked = words.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="finseg-bench-"))
        prepare(stack, folder)
        symbols = make_market()
        investor = make_investor(symbols)
        pages = measure_pages(investor)
        seconds, ratio = measure_valuation(symbols, asked.portfolios, asked.loop)
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        slowest = max(pages, key=pages.get)
        print(f"slowest page: {slowest}")
        print(
            f"portfolio: page {pages[slowest]:.0f} ms; {asked.portfolios} portfolios "
            f"{seconds:.1f} s, ratio {ratio:.1f} to the ORM loop"
        )


def prepare(stack, folder):
    """Databases of its own, migrated."""
    mongo, valkey = start_mongod(f"{folder}/mongo"), start_valkey(f"{folder}/valkey")
    stack.callback(mongo.stop)
    stack.callback(valkey.stop)
    os.environ.update(
        MONGODB_URI=mongo.uri,
        MONGODB_NAME="finseg_bench",
        REDIS_URL=valkey.url,
        DEBUG="off",
        HTTPS="off",
        ALLOWED_HOSTS="testserver",
        SECRET_KEY="only-for-a-benchmark-that-guards-nothing-0123456789",
        LOG_LEVEL="ERROR",
        DJANGO_SETTINGS_MODULE="finseg.settings",
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def make_market():
    """Ten years of random walks that share a market, and quotes of today."""
    from market import livestore, services
    from market.domain.bars import Bars
    from market.domain.calendar import nse_calendar
    from market.domain.instruments import InstrumentFacts
    from market.domain.quotes import Quote

    draw = np.random.default_rng(3)
    days = nse_calendar().sessions
    last = days[days <= np.datetime64("2025-12-31")][-252 * YEARS :]
    names = [f"S{place:03d}" for place in range(STOCKS)]
    sectors = ["Financial Services", "Information Technology", "Healthcare", "Power"]
    services.store_instruments(
        instruments=[
            *(
                InstrumentFacts(name, f"Stock {name}", "", sectors[i % 4], "Large")
                for i, name in enumerate(names)
            ),
            InstrumentFacts("NIFTY50", "NIFTY 50", kind="index"),
        ]
    )
    session = last[-1].astype(object)
    services.switch_source(feed="yahoo", source=SOURCE, session_date=session)
    market = draw.normal(0.0004, 0.009, len(last))
    bars, quotes = {}, []
    for name in (*names, "NIFTY50"):
        own = 0.0 if name == "NIFTY50" else draw.normal(0, 0.014, len(last))
        close = 500 * np.exp(np.cumsum(market + own))
        volume = np.full(len(last), 800_000)
        bars[name] = Bars(last, close, close * 1.01, close * 0.99, close, close, volume)
        price, before = float(close[-1]), float(close[-2])
        at = datetime(2025, 12, 31, 9, 0, tzinfo=UTC)
        quotes.append(Quote(name, price, before, price, price, price, 1000, at, SOURCE))
    services.store_bars(source=SOURCE, bars=bars)
    services.store_corporate_actions(source=SOURCE, actions=actions_of(names, session))
    livestore.write_quotes(SOURCE, quotes)
    return names


def actions_of(names, session):
    """A dividend a year of every stock, and a split of every fifth."""
    dividends = [
        (name, date(session.year - back, 6, 1 + place % 28), "dividend", 5.0)
        for place, name in enumerate(names)
        for back in range(YEARS)
    ]
    day = date(session.year - YEARS // 2, 9, 1)
    return [*dividends, *((name, day, "split", 2.0) for name in names[::5])]


def make_investor(symbols):
    """An investor with 2,000 trades in 50 stocks over ten years, sales among them."""
    from decimal import Decimal

    from accounts.services import register
    from market.queries import price_panel
    from portfolios.domain.entries import Entry
    from portfolios.models import Transaction
    from portfolios.services import book_actions, create_portfolio, record_entries

    draw = np.random.default_rng(7)
    panel = price_panel(symbols=symbols[:HELD])
    held = np.zeros(HELD, int)
    entries = []
    for number, row in enumerate(np.sort(draw.integers(0, len(panel.dates), TRADES))):
        place = int(draw.integers(0, HELD))
        sale = held[place] > 20 and draw.random() < 0.3
        quantity = int(draw.integers(1, 20))
        held[place] += -quantity if sale else quantity
        entries.append(
            (
                Entry(
                    "sell" if sale else "buy",
                    symbols[place],
                    Decimal(quantity),
                    Decimal(f"{panel.values[row, place]:.2f}"),
                    panel.dates[row].astype(object),
                    Decimal(20),
                ),
                f"bench-{number}",
            )
        )
    user = register(email="large@example.org", password="quiet river 1947 stone")
    began = time.perf_counter()
    record_entries(portfolio=create_portfolio(investor=user), entries=entries)
    print(f"{TRADES} trades booked in one write: {time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    book_actions()
    print(
        f"dividends and splits booked: {time.perf_counter() - began:.2f} s; "
        f"{Transaction.objects.count()} entries"
    )
    return user


def measure_pages(user):
    """Milliseconds of each page with nothing changed; prints them beside those of a change."""
    from django.core.cache import cache
    from django.test import Client

    from portfolios.ledgers import forget_ledgers

    client = Client()
    client.force_login(user)

    def ask(address):
        began, busy = time.perf_counter(), time.process_time()
        answer = client.get(address)
        spent = (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000
        assert answer.status_code == 200, (address, answer.status_code)
        return spent

    def changed(address):
        forget_ledgers()
        cache.clear()
        return ask(address)

    medians = {}
    for name, address in (PAGES | PARTS).items():
        first = ask(address)
        cold, warm = (
            np.median([way(address) for _ in range(times)], axis=0)
            for way, times in ((changed, 5), (ask, 10))
        )
        medians[name] = warm[0]
        print(
            f"{name:26} first {first[0]:5.0f} ms, after a change {cold[0]:4.0f} ms "
            f"(processor {cold[1]:.0f}), then {warm[0]:4.0f} ms (processor {warm[1]:.0f})"
        )
    return {name: medians[name] for name in PAGES}


def measure_valuation(symbols, count, loop):
    """Seconds to value all portfolios, and how many times longer the plain loop would take."""
    from bson import Decimal128, ObjectId
    from django.db import connection
    from django.utils import timezone

    from portfolios.models import Portfolio
    from portfolios.services import value_all_portfolios

    collection = connection.get_collection(Portfolio._meta.db_table)
    draw = np.random.default_rng(11)
    now = timezone.now()
    zero = Decimal128("0")
    for start in range(0, count, 5_000):
        picks = draw.integers(0, len(symbols), (5_000, POSITIONS))
        shares = draw.integers(1, 200, (5_000, POSITIONS))
        collection.insert_many(
            [
                {
                    "investor_id": ObjectId(),
                    "investor_number": 1_000_000 + start + row,
                    "name": "My portfolio",
                    "ledger_version": 1,
                    "positions": [
                        {"symbol": symbols[s], "quantity": int(q), "cost": Decimal128("50000")}
                        for s, q in zip(picks[row], shares[row], strict=True)
                    ],
                    "realised_profit": zero,
                    "money_in": Decimal128("500000"),
                    "money_out": zero,
                    "dividends": zero,
                    "fees": zero,
                    "dismissed": [],
                    "book_dividends": True,
                    "invested": 500_000.0,
                    "value": None,
                    "changed_at": now,
                    "created_at": now,
                }
                for row in range(min(5_000, count - start))
            ],
            ordered=False,
        )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    value_all_portfolios(yearly=False)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} portfolios valued: {seconds:.1f} s; peak memory {before:.0f} to {after:.0f} MB")
    plain = plain_loop(loop) * count / loop
    print(f"plain ORM loop over {loop}, scaled to {count}: {plain:.0f} s")
    return seconds, plain / seconds


def plain_loop(count):
    """Seconds of the obvious way: each portfolio read, summed and saved by itself."""
    from market.queries import latest_quotes
    from portfolios.models import Portfolio

    began = time.perf_counter()
    quotes = latest_quotes()
    for portfolio in Portfolio.objects.order_by("-investor_number")[:count]:
        held = [(p, quotes.get(p.symbol)) for p in portfolio.positions]
        priced = [(p, quote) for p, quote in held if quote is not None]
        portfolio.value = sum(p.quantity * quote.price for p, quote in priced)
        portfolio.today = sum(
            p.quantity * (quote.price - quote.previous_close) for p, quote in priced
        )
        cost = float(sum(p.cost for p, _ in priced))
        portfolio.profit = portfolio.value - cost + float(portfolio.realised_profit)
        portfolio.total_return = portfolio.profit / float(portfolio.money_in)
        portfolio.save(update_fields=["value", "today", "profit", "total_return"])
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
