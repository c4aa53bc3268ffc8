"""Writes against the real MongoDB, two writers at once included."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal as D

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pymongo.errors import OperationFailure

from portfolios import services
from portfolios.models import Portfolio, Transaction
from portfolios.queries import valuation_of
from portfolios.services import EntryRefused, create_portfolio, record_trade

JANUARY, MARCH = date(2025, 1, 6), date(2025, 3, 3)


def buy(portfolio, quantity=10, symbol="INFY", price="140", day=JANUARY, **more):
    return record_trade(
        portfolio=portfolio, kind="buy", symbol=symbol, quantity=quantity, price=price,
        trade_date=day, **more,
    )  # fmt: skip


def sell(portfolio, quantity, day=MARCH, **more):
    return record_trade(
        portfolio=portfolio, kind="sell", symbol="INFY", quantity=quantity, price="145",
        trade_date=day, **more,
    )  # fmt: skip


def document(portfolio):
    """The portfolio as MongoDB holds it."""
    return connection.get_collection(Portfolio._meta.db_table).find_one({"_id": portfolio.pk})


def in_threads(count, work):
    """Results of `work(i)` from as many threads at once, exceptions included."""

    def one(i):
        try:
            return work(i)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_a_trade_and_its_positions_are_written_together(portfolio):
    buy(portfolio, 10, charges="14")
    booked = sell(portfolio, 4)
    portfolio.refresh_from_db()
    # Cost 1,414; 4 of 10 sold: 565.60. Received 580: gain 14.40. Left 6 of cost 848.40.
    (position,) = portfolio.positions
    assert (position.symbol, position.quantity, position.cost) == ("INFY", 6, D("848.40"))
    assert portfolio.realised_profit == D("14.40")
    assert (portfolio.money_in, portfolio.money_out) == (D(1414), D(580))
    assert (portfolio.ledger_version, booked.sequence) == (2, 2)
    assert booked.investor_number == portfolio.investor_number


@pytest.mark.parametrize("day", [MARCH, date(2025, 1, 2)], ids=["too many", "before the purchase"])
def test_a_sale_without_shares_is_refused_and_nothing_is_written(portfolio, day):
    buy(portfolio, 10)
    before = document(portfolio)
    with pytest.raises(EntryRefused, match="Nothing was saved") as refused:
        sell(portfolio, 11, day=day)
    assert refused.value.field == "quantity"
    assert document(portfolio) == before
    assert Transaction.objects.count() == 1


def test_a_double_submit_books_once_one_after_the_other_and_at_once(portfolio):
    first = buy(portfolio, idempotency_key="form-1")
    assert buy(portfolio, idempotency_key="form-1").pk == first.pk
    results = in_threads(4, lambda i: buy(portfolio, idempotency_key="form-2"))
    assert len({booked.pk for booked in results}) == 1
    portfolio.refresh_from_db()
    assert portfolio.positions[0].quantity == 20
    assert Transaction.objects.count() == 2


def test_writers_at_once_lose_nothing_and_together_sell_no_more_than_there_is(portfolio):
    buy(portfolio, 5)
    results = in_threads(8, lambda i: sell(portfolio, 1))
    refused = [r for r in results if isinstance(r, EntryRefused)]
    assert len(refused) == 3, results
    assert sorted(r.sequence for r in results if r not in refused) == [2, 3, 4, 5, 6]
    portfolio.refresh_from_db()
    assert portfolio.positions == []
    assert (portfolio.ledger_version, portfolio.money_out) == (6, D(725))


def test_a_clash_that_shows_only_at_the_commit_is_tried_again(portfolio, monkeypatch):
    # django_mongodb_backend commits outside its wrapping of errors, so it is pymongo's own.
    commit, clashes = connection.commit_mongo, [1]

    def clash_once():
        if clashes:
            clashes.pop()
            connection.session.abort_transaction()
            raise OperationFailure(
                "WriteConflict", 112, {"errorLabels": ["TransientTransactionError"]}
            )
        commit()

    monkeypatch.setattr(connection, "commit_mongo", clash_once)
    booked = buy(portfolio, 10)
    assert not clashes
    assert [t.pk for t in Transaction.objects.all()] == [booked.pk]
    portfolio.refresh_from_db()
    assert portfolio.ledger_version == 1


def test_opening_a_portfolio_twice_opens_one(investor):
    results = in_threads(4, lambda i: create_portfolio(investor=investor))
    assert len({portfolio.pk for portfolio in results}) == 1


def test_all_portfolios_are_valued_as_each_is_on_its_page(portfolio, monkeypatch):
    monkeypatch.setattr("portfolios.batches.BATCH", 1)
    buy(portfolio, 10)
    buy(portfolio, 2, symbol="TCS", price="300", day=date(2025, 3, 10))  # today
    sell(portfolio, 3)
    assert services.value_all_portfolios() == 1
    stored = Portfolio.objects.get(pk=portfolio.pk)
    alone = valuation_of(stored)
    # 7 INFY at 150 and 2 TCS at 310.
    assert stored.value == alone.value.value == 1670
    assert stored.profit == pytest.approx(alone.total.value)
    assert stored.total_return == pytest.approx(alone.total_fraction.value)
    # INFY 7 x 2 since yesterday; TCS since it was bought at 300 today: 2 x 10.
    assert stored.today == pytest.approx(alone.today.value) == pytest.approx(34)
    # All was bought within the year: 1,670 + 435 out on 1,400 + 600 in.
    assert stored.return_1y == pytest.approx(105 / 2000)
    services.value_all_portfolios(yearly=False)
    again = Portfolio.objects.get(pk=portfolio.pk)
    assert (again.value, again.today, again.return_1y) == (
        stored.value, stored.today, stored.return_1y,
    )  # fmt: skip


def test_a_valuation_never_covers_a_ledger_it_has_not_seen(portfolio, monkeypatch):
    buy(portfolio, 10)
    real = services.valuing.value_portfolios

    def slow(*args, **kwargs):
        values = real(*args, **kwargs)
        buy(portfolio, 1)  # someone trades between reading and writing
        return values

    monkeypatch.setattr(services.valuing, "value_portfolios", slow)
    services.value_all_portfolios()
    portfolio.refresh_from_db()
    assert portfolio.value is None and portfolio.positions[0].quantity == 11


def test_stored_positions_are_proved_against_the_ledger_and_repaired(portfolio, capsys):
    buy(portfolio, 10)
    call_command("verify_portfolios")
    assert "1 portfolios checked, 0 differed" in capsys.readouterr().out
    Portfolio.objects.filter(pk=portfolio.pk).update(realised_profit=D("99.99"))
    with pytest.raises(CommandError, match=r"1 differed.*Nothing was changed"):
        call_command("verify_portfolios")
    assert "realised_profit is 99.99, the ledger gives 0.00" in capsys.readouterr().out
    call_command("verify_portfolios", "--repair")
    portfolio.refresh_from_db()
    assert portfolio.realised_profit == 0
    call_command("verify_portfolios", "--customer", str(portfolio.investor_number))
