"""Value every portfolio at the latest prices, and store what list pages sort by."""

import math

from django.db import connection
from django.utils import timezone
from pymongo import UpdateOne

from portfolios.batches import day_flow, position_batches, price_board, year_ago
from portfolios.domain.batch import value_portfolios, year_returns
from portfolios.models import Portfolio
from portfolios.services.holdings import HoldingsWriter


def value_all_portfolios(*, numbers=None, yearly=True, progress=None):
    """Value every portfolio at the latest prices and store what list pages sort by.

    What is held is stored in columns beside, where all are valued: questions about all customers
    are answered from them. Works in batches, so memory does not grow with the number of customers.
    A portfolio whose ledger moves on meanwhile keeps its older values until the next run. May run
    twice.

    Parameters
    ----------
    numbers : iterable of int, optional
        Customer numbers; None: all.
    yearly : bool
        Also the return of the last year, which reads a year of trades and takes most of the
        time; without it the stored one stays.
    progress : callable, optional
        Called with the number of portfolios after each batch.

    Returns
    -------
    int
        Portfolios valued.
    """
    prices = price_board()
    collection = connection.get_collection(Portfolio._meta.db_table)
    total = 0
    holdings = HoldingsWriter(timezone.now()) if numbers is None else None
    for batch in position_batches(numbers):
        if holdings is not None:
            holdings.add(batch)
        values = value_portfolios(
            batch.owner,
            prices.places(batch.symbols)[batch.symbol],
            batch.quantity,
            batch.cost,
            prices=prices.latest,
            previous=prices.previous,
            realised=batch.realised,
            money_in=batch.money_in,
            day_flow=day_flow(batch, prices),
        )
        gain = _gain_of_the_year(batch, prices, values) if yearly else None
        now = timezone.now()
        collection.bulk_write(
            [
                UpdateOne(
                    {"_id": key, "ledger_version": version},
                    {"$set": {**fields, "valued_at": now}},
                )
                for key, version, fields in zip(
                    batch.keys, batch.versions, _rows(values, gain), strict=True
                )
            ],
            ordered=False,
        )
        total += len(batch.keys)
        if progress is not None:
            progress(len(batch.keys))
    if holdings is not None:
        holdings.finish()
    return total


def _gain_of_the_year(batch, prices, values):
    then = year_ago(batch, prices)
    return year_returns(then.value, values.value, then.money_in, then.money_out)


def _rows(values, gain):
    """Fields of each portfolio as plain numbers, None unknown."""
    columns = {
        "value": values.value,
        "today": values.today,
        "profit": values.profit,
        "total_return": values.total_return,
        **({} if gain is None else {"return_1y": gain}),
    }
    lists = [[None if math.isnan(x) else x for x in column.tolist()] for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
