"""Segments measured, stored and ranked; the quiet customers found, shown and forgotten."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.cache import cache

from accounts.models import InvestorProfile, Look, User
from accounts.services import withdraw_consent
from market.queries import latest_quotes
from portfolios.models import Portfolio, Transaction
from portfolios.services import value_all_portfolios
from segmentation import queries
from segmentation.domain.ranking import SegmentFacts
from segmentation.models import Customer, QuietCustomer, SegmentRanking
from segmentation.ranking import ranking_page
from segmentation.services import publish_run, reassign_changed, train_run
from segmentation.services.ranking import closes_ago, rank_published
from tests.segmentation.conftest import SESSION


@pytest.fixture
def published(customers):
    cache.clear()
    value_all_portfolios()
    return publish_run(run=train_run(k=3)).run


def trade(number, side, symbol, before, quantity, price=100):
    portfolio = Portfolio.objects.get(investor_number=number)
    Transaction.objects.create(
        portfolio=portfolio,
        investor_number=number,
        kind=side,
        symbol=symbol,
        trade_date=SESSION - timedelta(days=before),
        quantity=quantity,
        price=Decimal(price),
        charges=Decimal(7),
        sequence=100 + Transaction.objects.filter(portfolio=portfolio).count(),
    )


def facts_of(number):
    key = Customer.objects.get(number=number).segment_key
    stored = SegmentRanking.objects.get().facts
    return SegmentFacts.from_document(next(each for each in stored if each["key"] == key))


def test_segments_are_measured_from_ledgers_and_prices(published):
    InvestorProfile.objects.filter(investor_number__lte=20_030).update(offers_consent=True)
    holder = next(n for n in range(20_001, 20_088) if n % 3 == 0)
    trade(holder, "buy", "ITC", 30, 50)
    assert rank_published() == 87
    facts = facts_of(holder)
    members = list(Customer.objects.filter(segment_key=facts.key).values_list("number", flat=True))
    assert facts.customers == len(members) and facts.customers_before is None
    grown = facts.growth[90]
    as_of = np.datetime64(SegmentRanking.objects.get().as_of, "D")
    lines = Transaction.objects.filter(investor_number__in=members)

    def worth(day, prices):
        held = {}
        for line in lines.filter(trade_date__lte=day.astype(object)):
            signed = line.quantity if line.kind == "buy" else -line.quantity
            held[line.symbol] = held.get(line.symbol, 0) + signed
        return sum(shares * prices[symbol] for symbol, shares in held.items())

    names = sorted({line.symbol for line in lines})
    then = as_of - np.timedelta64(90, "D")
    before = dict(zip(names, closes_ago(tuple(names), as_of, 90), strict=True))
    now = {name: quote.price for name, quote in latest_quotes(names).items()}
    assert grown.before == pytest.approx(worth(then, before))
    assert grown.now == pytest.approx(worth(as_of, now))
    # The one trade of the holders in these days: 50 at 100, and 7 of charges.
    moved = lines.filter(trade_date__gt=then.astype(object))
    paid = sum(
        (1 if line.kind == "buy" else -1) * line.quantity * float(line.price) + float(line.charges)
        for line in moved
    )
    assert grown.net_money == pytest.approx(paid) and paid == 5_007.0
    assert grown.market == pytest.approx(grown.now - grown.before - 5_007.0)
    assert facts.open_to_offers == sum(number <= 20_030 for number in members)
    year = [
        line.quantity * float(line.price)
        for line in lines.filter(trade_date__gt=(as_of - np.timedelta64(365, "D")).astype(object))
    ]
    assert facts.traded_1y == pytest.approx(sum(year))
    assert facts.brokerage_1y == pytest.approx(sum(year) * 0.001)  # 0.10 % by default
    shares = [part.share for part in facts.contents.stocks]
    assert sum(shares) == pytest.approx(1.0) and facts.contents.stocks[0].members == 1.0


def test_a_run_is_measured_once_after_each_publication(published, staff):
    assert rank_published(only_if_missing=True) == 87
    assert rank_published(only_if_missing=True) == 0
    newer = train_run(k=2)
    publish_run(run=newer, by=staff, note="Two were asked for.")
    assert rank_published(only_if_missing=True) == 87
    assert SegmentRanking.objects.get(run=newer).former_run == published.number
    publish_run(run=published)  # restored: measured anew
    assert rank_published(only_if_missing=True) == 87
    page = ranking_page()
    assert [row.place for row in page["rows"]] == [1, 2, 3]
    assert sum(row.share for row in page["rows"]) == pytest.approx(1.0)


def test_who_takes_money_out_or_stops_is_on_the_quiet_list(published):
    taker, *_, stopper = [n for n in range(20_001, 20_088) if n % 3 == 0]
    for number in (taker, stopper):
        trade(number, "buy", "TCS", 200, 5_000)  # makes them the largest of all
    trade(taker, "sell", "TCS", 30, 3_000)
    for before in (180, 160, 140, 120):
        trade(stopper, "buy", "ITC", before, 1)  # gaps of 20 days, then none for 120
    rank_published()
    quiet = {each.number: each for each in QuietCustomer.objects.all()}
    assert set(quiet) == {taker, stopper}
    facts = facts_of(taker)
    stored = SegmentRanking.objects.get().facts
    # Of the 58 who held anything 90 days ago the 0.9 quantile lies past the 52nd.
    assert sum(each["high_value"] for each in stored) == 6
    assert (facts.quiet, facts.withdrew, facts.stopped) == (2, 1, 1)
    taken, stopped = quiet[taker], quiet[stopper]
    assert (taken.kind, stopped.kind) == ("withdrew", "stopped")
    assert taken.net_money == -300_000 + 7 and taken.now < taken.before
    assert stopped.net_money == 0.0 and stopped.gap == 20.0
    assert taken.last_trade == SESSION - timedelta(days=30)
    assert stopped.last_trade == SESSION - timedelta(days=120)


@pytest.fixture
def quiet(published):
    rank_published()
    row = {"kind": "stopped", "before": 5e6, "now": 4e6, "net_money": 0.0, "gap": 12.0}
    at = SegmentRanking.objects.get().computed_at
    for number in range(20_001, 20_029):
        key = Customer.objects.get(number=number).segment_key
        QuietCustomer.objects.update_or_create(
            number=number, defaults=row | {"segment_key": key, "computed_at": at}
        )
    return published


def test_the_ranking_is_for_staff_and_names_nobody(client, published, staff, customers):
    client.force_login(staff)
    page = client.get("/segments/ranking/").content.decode()
    assert "has not been measured" in page and "Measure now" in page
    rank_published()
    page = client.get("/segments/ranking/").content.decode()
    for segment in queries.segments_of(published):
        assert segment.name in page
    assert "What to offer" in page and "Estimate" in page and "0.10% from 2000-01-01" in page
    assert "C-2000" not in page and "@example.org" not in page.replace(staff.email, "")
    assert client.get("/segments/ranking/?by=growth&days=365").status_code == 200
    for wrong in ("by=charm", "days=7"):
        assert client.get(f"/segments/ranking/?{wrong}").status_code == 400
    client.force_login(customers[0])
    assert client.get("/segments/ranking/").status_code == 403
    assert client.post("/segments/ranking/measure/").status_code == 403


def test_the_quiet_list_is_paged_on_record_and_for_those_who_may(client, quiet, staff):
    client.force_login(staff)
    page = client.get("/segments/ranking/quiet/").content.decode()
    assert page.count("C-200") >= 25 and "@example.org" not in page.replace(staff.email, "")
    assert Look.objects.count() == 25
    page = client.get("/segments/ranking/quiet/?page=2&kind=stopped").content.decode()
    assert "Previous" in page and "Next" not in page
    assert set(Look.objects.values_list("what", flat=True)) == {
        "A list of customers who took money out or stopped trading"
    }
    assert client.get("/segments/ranking/quiet/?kind=lost").status_code == 400
    assert "Nobody here" in client.get("/segments/ranking/quiet/?kind=both").content.decode()
    staff.groups.clear()
    client.force_login(User.objects.get(pk=staff.pk))
    assert client.get("/segments/ranking/quiet/").status_code == 403


def test_who_withdraws_consent_leaves_the_quiet_list(quiet):
    user = User.objects.get(number=20_004)
    withdraw_consent(user=user)
    reassign_changed()
    assert not QuietCustomer.objects.filter(number=20_004).exists()
    assert QuietCustomer.objects.filter(number=20_005).exists()
    rank_published()
    assert QuietCustomer.objects.filter(number__gte=20_001, kind="stopped").count() == 0
