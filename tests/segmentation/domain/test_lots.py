"""First in, first out, for all holdings together."""

from collections import deque

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segmentation.domain.lots import fifo_lots, weighted_median


def lots(trades, as_of=30):
    group, day, quantity, price = (np.array(column) for column in zip(*trades, strict=True))
    found = fifo_lots(
        group.astype(np.int64), day.astype(np.int64), quantity.astype(float), price.astype(float),
        as_of=as_of,
    )  # fmt: skip
    return list(
        zip(
            found.group.tolist(),
            found.quantity.tolist(),
            found.cost.tolist(),
            found.bought.tolist(),
            found.ended.tolist(),
            found.held.tolist(),
            strict=True,
        )
    )


def test_a_sale_uses_up_the_oldest_purchase_first():
    # 10 at 100 and 10 at 120, then 15 sold: all of the first lot (cost 1,000), 5 of the second
    # (cost 600); 5 remain (cost 600).
    assert lots([(0, 0, 10, 100), (0, 10, 10, 120), (0, 20, -15, 150)]) == [
        (0, 10, 1000, 0, 20, False),
        (0, 5, 600, 10, 20, False),
        (0, 5, 600, 10, 30, True),
    ]


def test_holdings_do_not_touch_each_other_and_may_come_in_any_order():
    # Group 1 sells 4 of its own 6; group 0 keeps its 8.
    assert lots([(1, 9, -4, 70), (0, 3, 8, 10), (1, 2, 6, 50)]) == [
        (0, 8, 80, 3, 30, True),
        (1, 4, 200, 2, 9, False),
        (1, 2, 100, 2, 30, True),
    ]


def test_shares_sold_without_having_been_bought_match_nothing():
    assert lots([(0, 1, 5, 10), (0, 2, -7, 10)]) == [(0, 5, 50, 1, 2, False)]
    assert lots([(0, 1, -7, 10)]) == []


def queue_lots(trades, as_of):
    """The textbook way: one queue a holding."""
    queues, pieces = {}, []
    for group, day, quantity, price in trades:
        queue = queues.setdefault(group, deque())
        if quantity > 0:
            queue.append([day, quantity, price])
        while quantity < 0 and queue:
            bought, left, paid = queue[0]
            used = min(left, -quantity)
            pieces.append((group, used, used * paid, bought, day, False))
            quantity += used
            queue[0][1] -= used
            if queue[0][1] == 0:
                queue.popleft()
    for group, queue in queues.items():
        pieces += [(group, left, left * paid, day, as_of, True) for day, left, paid in queue]
    return sorted(pieces)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(-20, 20).filter(bool),
            st.integers(1, 50),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_ledger_gives_the_pieces_of_one_queue_a_holding(rows):
    held, trades = {}, []
    for day, (group, quantity, price) in enumerate(rows):
        quantity = max(quantity, -held.get(group, 0))  # nobody sells what they do not hold
        if quantity:
            held[group] = held.get(group, 0) + quantity
            trades.append((group, day, quantity, price))
    if trades:
        assert sorted(lots(trades, as_of=99)) == queue_lots(trades, as_of=99)


def test_weighted_median_is_the_value_that_carries_half_the_weight():
    # Owner 0: values 5, 7, 9 with weights 1, 1, 3 (total 5, half 2.5): the running sums are
    # 1, 2, 5, so 9. Owner 2: 4 and 6 with equal weights, half is reached at 4. Owner 1: none.
    median = weighted_median(
        np.array([2, 0, 0, 2, 0]),
        np.array([6.0, 9.0, 5.0, 4.0, 7.0]),
        np.array([1.0, 3.0, 1.0, 1.0, 1.0]),
        3,
    )
    np.testing.assert_array_equal(median, [9.0, np.nan, 4.0])
