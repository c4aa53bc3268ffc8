"""Ledgers that columns cannot say, walked entry by entry.

Reads of all customers scale what was traded by the splits that prices are adjusted for, and take
it that a ledger books each of them on its day. Where one does not, its book has to be asked.
"""

from collections import defaultdict
from datetime import date

from django.db.models import Q

from portfolios.domain.flows import flows_of
from portfolios.domain.ledger import book_of
from portfolios.domain.splits import SAME_ACTION
from portfolios.ledgers import ENTRY_FIELDS, entry_of
from portfolios.models import Portfolio, Transaction
from portfolios.splits import known_splits, with_splits

BATCH = 500


def walked(keys):
    """Key, book and flows of each portfolio that has entries, some hundred read at a time."""
    keys = list(keys)
    for start in range(0, len(keys), BATCH):
        yield from _walked(keys[start : start + BATCH])


def _walked(keys):
    ledgers = defaultdict(list)
    rows = Transaction.objects.filter(portfolio_id__in=keys)
    for key, *rest in rows.order_by("trade_date", "sequence").values_list(
        "portfolio_id", *ENTRY_FIELDS
    ):
        ledgers[key].append(entry_of(*rest))
    portfolios = Portfolio.objects.filter(pk__in=list(ledgers))
    dismissed = dict(portfolios.values_list("pk", "dismissed"))
    splits = known_splits()
    for key, entries in ledgers.items():
        book = book_of(with_splits(entries, dismissed.get(key) or ()), splits)
        yield key, book, flows_of(book, splits)


def apart(*, since=date.min, **chosen) -> set:
    """Keys of portfolios that have a split of the prices by hand, or do not have it at all.

    Parameters
    ----------
    since : date
        Only splits that prices or the ledger have on this day or later.
    **chosen
        Which portfolios to look at, by `portfolio_id__in` or `investor_number__in`.
    """
    splits = {
        symbol: near
        for symbol, of in known_splits().items()
        if (near := [s for s in of if since == date.min or s.ex_date >= since - SAME_ACTION])
    }
    if not splits:
        return set()
    return (
        _by_hand(splits, since, chosen)
        | _dismissed(splits, since, chosen)
        | _not_booked(splits, since, chosen)
    )


def _by_hand(splits, since, chosen) -> set:
    rows = Transaction.objects.filter(**chosen, kind__in=("split", "bonus"), action="")
    if since > date.min:
        rows = rows.filter(trade_date__gte=since - 2 * SAME_ACTION)
    stocks = defaultdict(list)
    for key, *rest in rows.order_by().values_list("portfolio_id", *ENTRY_FIELDS):
        entry = entry_of(*rest)
        if entry.symbol in splits:
            stocks[key, entry.symbol].append(entry)
    return {
        key
        for (key, symbol), entries in stocks.items()
        for split in splits[symbol]
        if max(split.ex_date, *(entry.day for entry in entries)) >= since
        and split.is_booked_in(entries)
    }


def _dismissed(splits, since, chosen) -> set:
    known = {s.key(symbol) for symbol, of in splits.items() for s in of if s.ex_date >= since}
    named = {name.replace("portfolio_id", "pk"): which for name, which in chosen.items()}
    rows = Portfolio.objects.filter(**named).exclude(dismissed=[])
    return {key for key, keys in rows.values_list("pk", "dismissed") if not known.isdisjoint(keys)}


def _not_booked(splits, since, chosen) -> set:
    """Those that may lack a consolidation because they cannot hold it; hardly a stock has one."""
    risky = {
        symbol: found
        for symbol, of in splits.items()
        if (found := [s for s in of if s.ratio < 1 and s.ex_date >= since])
    }
    if not risky:
        return set()
    first: dict = {}
    booked = set()
    named = Q(symbol__in=list(risky)) | Q(into__in=list(risky))
    rows = Transaction.objects.filter(named, **chosen).order_by()
    for key, symbol, into, day, counted_on, action in rows.values_list(
        "portfolio_id", "symbol", "into", "trade_date", "counted_on", "action"
    ):
        booked.add((key, action))
        for name in risky.keys() & {symbol, into}:
            counted = counted_on or day
            first[key, name] = min(counted, first.get((key, name), counted))
    return {
        key
        for (key, symbol), counted in first.items()
        for split in risky[symbol]
        if counted < split.ex_date and (key, split.key(symbol)) not in booked
    }
