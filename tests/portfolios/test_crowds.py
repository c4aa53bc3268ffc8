"""All customers' holdings together, worked out by hand."""

import numpy as np
import pytest

from portfolios.domain.crowds import crowds, exposed, grouped, spread, stakes

# Customer 7 has two portfolios: 600 of A and 400 of B; customer 9 has 100 of A; customer 11
# nothing that has a price.
NUMBERS = np.array([7, 9, 7, 11])
OWNER = np.array([0, 0, 1, 2, 3])
GROUP = np.array([0, 1, 0, 0, 2])
VALUE = np.array([500.0, 400.0, 100.0, 100.0, np.nan])
HELD = stakes(NUMBERS, OWNER, GROUP, VALUE, 3)


def rows_of(held):
    """Customer, group, rupees and share of each stake."""
    who = held.numbers[held.customer].tolist()
    return sorted(zip(who, held.group.tolist(), held.value, held.share, strict=True))


def test_portfolios_of_a_customer_count_together():
    assert rows_of(HELD) == [(7, 0, 600, 0.6), (7, 1, 400, 0.4), (9, 0, 100, 1.0)]
    assert HELD.totals.tolist() == [1000, 100, 0]


def test_stocks_of_one_sector_count_together():
    found = grouped(HELD, np.array([1, 1, 0]), 2)
    assert rows_of(found) == [(7, 1, 1000, 1.0), (9, 1, 100, 1.0)]


def test_each_stock_has_its_holders_and_those_it_is_much_of():
    first, second = crowds(HELD, 3)
    assert (first.group, first.holders, first.large, first.very_large) == (0, 2, 2, 2)
    assert (first.value, first.share) == (700, pytest.approx(7 / 11))
    assert (second.group, second.holders, second.very_large) == (1, 1, 1)
    many = stakes(np.array([1]), np.zeros(12, int), np.arange(12), np.full(12, 5.0), 12)
    assert {(c.large, c.very_large) for c in crowds(many, 12)} == {(0, 0)}  # 8.3 % each
    assert spread(many, 12).effective == pytest.approx(12)


def test_concentration_of_all_money_and_of_each_customer():
    found = spread(HELD, 3)
    # (700² + 400²) / 1100² and, a customer each, 1 / (0.6² + 0.4²) and 1.
    assert found.herfindahl == pytest.approx(650_000 / 1_210_000)
    assert found.usual == pytest.approx((1 / 0.52 + 1) / 2)
    assert (found.total, found.customers, found.large, found.half) == (1100, 2, 2, 2)


def test_exposed_customers_come_by_rupees_or_by_share():
    assert exposed(HELD, 0).numbers.tolist() == [7, 9]
    by_share = exposed(HELD, 0, by="share")
    assert by_share.numbers.tolist() == [9, 7]
    assert by_share.total.tolist() == [100, 1000]
    assert exposed(HELD, 0, least=0.7).numbers.tolist() == [9]
    assert len(exposed(HELD, 2)) == 0


def test_nothing_held_is_no_concentration():
    none = stakes(np.array([1]), np.zeros(0, int), np.zeros(0, int), np.zeros(0), 0)
    found = spread(none, 0)
    assert np.isnan(found.herfindahl) and np.isnan(found.usual) and np.isnan(found.effective)
    assert crowds(none, 0) == crowds(grouped(none, np.zeros(0, int), 0), 0) == []
