"""Holdings on past days."""

from types import SimpleNamespace

import numpy as np

from recommendations.domain.ledgers import LedgerHistory

# Customer 1 buys 10 A on day 1 and sells 4 on day 5; customer 2 buys 3 B on day 2 and sells
# them on day 3; customer 3 buys 1 A on day 5. "OLD" is no longer among the stocks.
LEDGER = SimpleNamespace(
    number=np.array([1, 1, 2, 2, 3, 3]),
    symbol=np.array([0, 0, 1, 1, 0, 2]),
    symbols=("A", "B", "OLD"),
    day=np.array([1, 5, 2, 3, 5, 1]).astype("datetime64[D]"),
    quantity=np.array([10.0, -4.0, 3.0, -3.0, 1.0, 9.0]),
)
NUMBERS = np.array([1, 2, 3])


def day(number):
    return np.datetime64(number, "D")


def test_quantities_at_the_end_of_a_day():
    history = LedgerHistory(LEDGER, ["B", "A"])
    assert history.quantities(NUMBERS, day(4)).tolist() == [[0, 10], [0, 0], [0, 0]]
    assert history.quantities(NUMBERS, day(5)).tolist() == [[0, 6], [0, 0], [0, 1]]
    assert history.quantities(np.array([3]), day(5)).tolist() == [[0, 1]]


def test_holders_among_those_who_hold_anything():
    history = LedgerHistory(LEDGER, ["B", "A"])
    assert history.holder_shares(NUMBERS, day(2)).tolist() == [0.5, 0.5]
    assert history.holder_shares(NUMBERS, day(5)).tolist() == [0.0, 1.0]
    assert history.holder_shares(NUMBERS, day(0)).tolist() == [0.0, 0.0]


def test_purchases_of_a_span_leave_out_its_first_day():
    history = LedgerHistory(LEDGER, ["B", "A"])
    assert history.bought(NUMBERS, day(1), day(5)).tolist() == [
        [False, False],
        [True, False],
        [False, True],
    ]


def test_an_empty_ledger_holds_nothing():
    empty = SimpleNamespace(
        number=np.empty(0, int),
        symbol=np.empty(0, int),
        symbols=(),
        day=np.empty(0, "datetime64[D]"),
        quantity=np.empty(0),
    )
    history = LedgerHistory(empty, ["A"])
    assert history.first_day() is None
    assert history.quantities(NUMBERS, day(9)).tolist() == [[0], [0], [0]]
