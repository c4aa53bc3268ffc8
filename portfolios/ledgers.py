"""Reads of one portfolio's ledger as values, and what is kept of it while nothing changes."""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from threading import Lock
from time import monotonic

from django.db import connection

from portfolios.domain.bearing import LeftOut
from portfolios.domain.book import PAISA, Book, Effect
from portfolios.domain.entries import INCOMING, RATIO, Entry
from portfolios.domain.flows import Flow, flows_of, plain_flow
from portfolios.domain.holdings import DayFlow
from portfolios.domain.imports.ledger_file import Line
from portfolios.domain.ledger import book_of
from portfolios.domain.moving_average import Averaged, moving_averages
from portfolios.domain.splits import Split
from portfolios.domain.tax import taxed_book
from portfolios.models import Portfolio, Position, Transaction
from portfolios.splits import known_splits, lacking, with_splits

ENTRY_FIELDS = (
    "kind", "symbol", "quantity", "price", "trade_date", "charges", "sequence", "counted_on",
    "cash", "ratio", "into", "cost_share", "acquired", "fair", "time", "action",
)  # fmt: skip
_DECIMALS = ("price", "charges", "cash", "cost_share", "fair")
_PLAIN = dict.fromkeys(ENTRY_FIELDS, 1) | {"_id": 0}
# Amounts come as text: the driver's own decimals take five times as long to turn into Python's.
_ENTRY = _PLAIN | {name: {"$toString": f"${name}"} for name in _DECIMALS}
MOST_KEPT = 20_000
"""Entries that a process keeps, of the ledgers asked for last."""
IDLE = 900
"""Seconds after which a ledger that nobody asks for is kept no longer."""
_TRIES = 3


def entry_of(kind, symbol, quantity, price, *rest) -> Entry:
    """An entry from the values of a transaction's `ENTRY_FIELDS`."""
    *middle, ratio, into, cost_share, acquired, fair, time, action = rest
    return Entry(
        kind, symbol, Decimal(quantity), price, *middle,
        Fraction(ratio) if ratio else None, into, cost_share, acquired, fair, time, action,
    )  # fmt: skip


def stored_entries(portfolio, *, since=None) -> list[Entry]:
    """Entries as they are stored, oldest first."""
    chosen = {"portfolio_id": portfolio.pk}
    if since is not None:
        chosen["trade_date"] = {"$gte": datetime.combine(since, time())}
    rows = connection.get_collection(Transaction._meta.db_table).aggregate(
        [
            {"$match": chosen},
            {"$sort": {"trade_date": 1, "sequence": 1}},
            {"$project": _ENTRY},
        ]
    )
    numbers: dict = {}  # the same amounts come again and again: most are zero

    def number(text):
        found = numbers.get(text)
        if found is None:
            found = numbers[text] = Decimal(text)
        return found

    return [
        Entry(
            row["kind"],
            row["symbol"],
            number(row["quantity"]),
            number(row["price"]),
            row["trade_date"].date(),
            number(row["charges"]),
            row["sequence"],
            _day_of(row["counted_on"]),
            number(row["cash"]),
            Fraction(row["ratio"]) if row["ratio"] else None,
            row["into"],
            number(row["cost_share"]),
            _day_of(row["acquired"]),
            number(row["fair"]),
            row["time"],
            row["action"],
        )
        for row in rows
    ]


def _day_of(instant):
    return instant and instant.date()


def ledger_lines(portfolio) -> list[Line]:
    """Stored entries with what stands beside them, in the order they were entered."""
    rows = Transaction.objects.filter(portfolio_id=portfolio.pk).order_by("sequence")
    return [
        Line(entry_of(*rest), key or "", note, is_sip)
        for key, note, is_sip, *rest in rows.values_list(
            "idempotency_key", "note", "is_sip", *ENTRY_FIELDS
        )
    ]


def entries_of(portfolio) -> list[Entry]:
    """The whole ledger as stored, with splits of the active source that are not booked yet."""
    return with_splits(stored_entries(portfolio), portfolio.dismissed)


@dataclass(eq=False)
class Ledger:
    """A ledger read once, and what follows from it, computed when it is first asked for.

    Attributes
    ----------
    state : dict
        Version, instant of the last change and dismissed actions of the portfolio it is of.
    splits : dict of str to tuple of Split
        Of the active source.
    entries : tuple of Entry
        With the splits that are not booked yet.
    left_out : tuple of LeftOut
        Splits that it cannot hold.
    used : float
        When it was last asked for, by the process's clock.
    """

    state: dict
    splits: dict[str, tuple[Split, ...]]
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()
    used: float = 0.0

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Every stock that was ever held."""
        named = {name for entry in self.entries for name in (entry.symbol, entry.into)}
        return tuple(sorted(named - {""}))

    @cached_property
    def book(self) -> Book:
        return book_of(self.entries, self.splits)

    @cached_property
    def taxed(self) -> Book:
        """The book as gains are taxed."""
        return taxed_book(self.entries)

    @cached_property
    def averages(self) -> dict[str, Averaged]:
        """Every stock at the moving average."""
        return moving_averages(self.book)

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        return tuple(flows_of(self.book, self.splits))


_kept: OrderedDict[object, Ledger] = OrderedDict()
_lock = Lock()


def ledger_of(portfolio) -> Ledger:
    """The ledger as it stands now; the input of analyses and pages.

    Kept per process. Version and splits are asked for each time, so that a ledger that was
    written since, or a split that came since, is never missed.
    """
    for _ in range(_TRIES):
        splits, state = known_splits(), _state_of(portfolio)
        kept = _kept_of(portfolio.pk)
        if kept is not None and kept.state == state and kept.splits == splits:
            return kept
        entries = stored_entries(portfolio)
        further, left_out = lacking(entries, state.get("dismissed", ()))
        ledger = Ledger(state, splits, (*entries, *further), tuple(left_out))
        if _state_of(portfolio) == state:
            _keep(portfolio.pk, ledger)
            return ledger
    return ledger  # written all the while: as good as any, and not kept


def _state_of(portfolio) -> dict:
    shown = {"_id": 0, "ledger_version": 1, "changed_at": 1, "dismissed": 1}
    collection = connection.get_collection(Portfolio._meta.db_table)
    return collection.find_one({"_id": portfolio.pk}, shown) or {}


def _kept_of(key) -> Ledger | None:
    now = monotonic()
    with _lock:
        while _kept and next(iter(_kept.values())).used < now - IDLE:
            _kept.popitem(last=False)
        ledger = _kept.get(key)
        if ledger is not None:
            ledger.used = now
            _kept.move_to_end(key)
        return ledger


def _keep(key, ledger) -> None:
    ledger.used = monotonic()
    with _lock:
        _kept[key] = ledger
        _kept.move_to_end(key)
        while len(_kept) > 1 and sum(len(each.entries) for each in _kept.values()) > MOST_KEPT:
            _kept.popitem(last=False)


def forget_ledgers() -> None:
    """Read every ledger anew when it is next asked for; only what is measured needs it."""
    with _lock:
        _kept.clear()


def flows_for(portfolio) -> tuple[Flow, ...]:
    """What the ledger moved, in today's shares, oldest first: the input of analyses."""
    return ledger_of(portfolio).flows


def flows_since(portfolio, day) -> dict[str, DayFlow]:
    """What was bought and sold, by symbol, on `day` and after."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for flow in _flows_from(portfolio, day):
        of = sums[flow.symbol]
        of[0 if flow.shares > 0 else 1] += abs(flow.shares)
        of[2] += flow.money_in
        of[3] += flow.money_out
    return {symbol: DayFlow(*amounts) for symbol, amounts in sums.items()}


def _flows_from(portfolio, day) -> list[Flow]:
    splits = known_splits()
    later = [s for of in splits.values() for s in of if s.ex_date >= day]
    if not later:
        entries = stored_entries(portfolio, since=day)
        # Shares of these kinds stand in the entry; others need all that came before.
        if all(e.kind in INCOMING or e.kind == "sell" for e in entries):
            return [plain_flow(Effect(entry), splits) for entry in entries]
    return [flow for flow in flows_for(portfolio) if flow.day >= day]


def derived_from(book: Book):
    """What a portfolio stores of its book, as values by field."""
    return {
        "positions": [
            Position(symbol=p.symbol, quantity=int(p.quantity), cost=p.cost.quantize(PAISA))
            for p in book.open
        ],
        "realised_profit": book.realised.quantize(PAISA),
        "money_in": book.money_in.quantize(PAISA),
        "money_out": book.money_out.quantize(PAISA),
        "dividends": book.dividends.quantize(PAISA),
        "fees": book.fees.quantize(PAISA),
        "invested": float(book.cost),
    }


def effect_fields(effect: Effect) -> dict:
    """What a transaction stores of what its entry moved."""
    return {
        "shares": effect.shares if effect.entry.kind in RATIO else Decimal(0),
        "into_shares": effect.into_shares,
        "moved": effect.moved.quantize(PAISA),
        "paid": effect.cash.quantize(PAISA),
    }


def differences(portfolio, derived=None):
    """Stored against rebuilt, by field, where they differ."""
    if derived is None:
        derived = derived_from(book_of(entries_of(portfolio), known_splits()))
    pairs = {
        field: (_comparable(getattr(portfolio, field)), _comparable(value))
        for field, value in derived.items()
    }
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def _comparable(value):
    if isinstance(value, float | Decimal):
        return Decimal(value).quantize(PAISA)
    return {p.symbol: (p.quantity, Decimal(p.cost).quantize(PAISA)) for p in value or ()}
