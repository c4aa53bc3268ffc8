"""Whatever valid events come, in whatever order: shares and cash are conserved."""

from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.domain.book import OversellError
from portfolios.domain.entries import Entry
from portfolios.domain.ledger import book_of, extend

START = date(2024, 1, 1)
ZERO = D(0)
NAMES = ("AAA", "BBB")
PAISE = st.integers(1, 500_000).map(lambda paise: D(paise) / 100)
SMALL = st.integers(0, 99).map(lambda paise: D(paise) / 100)
RATIOS = st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(3, 2), Fraction(2), Fraction(5)])


@st.composite
def ledgers(draw):
    """Valid events of two stocks, in the order of their days, each day's sales after the rest."""
    entries, day = [], START
    book = book_of([])
    for sequence in range(1, draw(st.integers(2, 22))):
        day += timedelta(draw(st.integers(1, 40)))
        symbol = draw(st.sampled_from(NAMES))
        other = NAMES[1 - NAMES.index(symbol)]
        held = book.positions[symbol].quantity if symbol in book.positions else ZERO
        kinds = ["buy", "rights", "transfer_in", "dividend", "fee", "split", "bonus"]
        if held:
            kinds += ["sell", "sell", "transfer_out", "merger", "demerger"]
        kind = draw(st.sampled_from(kinds))
        fields = {"sequence": sequence, "fair": draw(st.sampled_from([ZERO, D("123.45")]))}
        quantity, price = ZERO, ZERO
        if kind in ("sell", "transfer_out"):
            quantity, price = D(draw(st.integers(1, int(held)))), draw(PAISE) + 1
        elif kind in ("buy", "rights", "transfer_in"):
            quantity, price = D(draw(st.integers(1, 1000))), draw(PAISE)
            fields["charges"] = draw(SMALL)
        elif kind in ("dividend", "fee"):
            fields["cash"] = draw(PAISE)
        else:
            fields["ratio"] = draw(RATIOS)
            if kind in ("merger", "demerger"):
                fields |= {"into": other, "cost_share": D("0.25")}
        entry = Entry(kind, symbol, quantity, price, day, **fields)
        book = extend(book, [entry])
        entries.append(entry)
    return entries


@given(ledgers())
def test_shares_are_conserved(entries):
    book = book_of(entries)
    moved = dict.fromkeys(NAMES, ZERO)
    for effect in book.effects:
        if effect.entry.kind in ("dividend", "fee"):
            continue
        moved[effect.entry.symbol] += effect.shares
        if effect.entry.into:
            moved[effect.entry.into] += effect.into_shares
    for symbol, position in book.positions.items():
        assert position.quantity == moved[symbol]
        assert position.quantity == position.quantity.to_integral_value()
        assert all(lot.quantity > 0 and lot.cost >= 0 for lot in position.lots)


@given(ledgers())
def test_cash_is_conserved(entries):
    book = book_of(entries)
    assert book.money_in - book.cost == book.money_out - book.realised
    sold = sum((e.amount for e in entries if e.kind == "sell"), ZERO)
    fractions = sum((e.cash for e in book.effects if e.entry.kind != "dividend"), ZERO)
    assert sum((d.proceeds for d in book.disposals), ZERO) == sold + fractions


@given(ledgers(), st.randoms(use_true_random=False))
def test_a_rebuild_in_any_order_equals_booking_one_by_one(entries, random):
    incremental = book_of([])
    for each in entries:
        incremental = extend(incremental, [each])
    shuffled = entries.copy()
    random.shuffle(shuffled)
    assert book_of(shuffled) == incremental


@given(st.lists(st.tuples(st.integers(1, 50), PAISE, SMALL), min_size=2, max_size=8), st.data())
def test_the_order_in_which_a_day_is_imported_decides_nothing(trades, data):
    # The same purchases of one day and one sale, numbered as they happened to be read.
    def ledger(order):
        bought = [
            Entry("buy", "AAA", D(trades[i][0]), trades[i][1], START, trades[i][2], sequence=n)
            for n, i in enumerate(order)
        ]
        half = D(max(1, sum(quantity for quantity, _, _ in trades) // 2))
        return [*bought, Entry("sell", "AAA", half, D(10), START, sequence=99)]

    first = book_of(ledger(range(len(trades))))
    again = book_of(ledger(data.draw(st.permutations(range(len(trades))))))
    assert first.positions == again.positions


@given(ledgers(), st.integers(1, 10_000))
def test_an_oversell_never_changes_anything(entries, excess):
    book = book_of(entries)
    position = book.positions[entries[0].symbol]
    asked = position.quantity + excess
    last = entries[-1].day + timedelta(1)
    with pytest.raises(OversellError) as refused:
        extend(book, [Entry("sell", position.symbol, asked, D(10), last, sequence=99)])
    assert refused.value.shortfall == excess
    assert book == book_of(entries)
