"""Charges against a discount broker's published rates (2025): NSE 0.00307 % with the investor
protection fund, SEBI Rs 10 a crore, STT 0.1 %, stamp duty 0.015 % on purchases, GST 18 %."""

from datetime import date
from decimal import Decimal as D

import pytest

from portfolios.domain.charges import (
    broker_plans,
    charges_of,
    rate_on,
    without_transaction_tax,
)
from portfolios.domain.entries import Entry

DAY = date(2025, 6, 2)


def test_a_delivery_trade_costs_what_the_brokers_calculator_says():
    # 400 shares bought at 1,000 and sold at 1,100: turnover 8,40,000. At the published rates:
    # STT 840, exchange and fund 25.79, SEBI 0.84, stamp duty 60, GST 4.79; 931.42 in all, and
    # 13 plus GST (15.34) for the depository.
    plan = broker_plans()["zero"]
    buy = charges_of("buy", D(400_000), DAY, plan=plan)
    sell = charges_of("sell", D(440_000), DAY, plan=plan)
    assert (buy.stt + sell.stt, buy.stamp + sell.stamp) == (840, 60)
    assert buy.exchange + buy.ipft + sell.exchange + sell.ipft == D("25.79")
    assert buy.sebi + sell.sebi == D("0.84")
    assert buy.brokerage == sell.brokerage == 0
    assert sell.depository == 13
    assert buy.total + sell.total == D("931.42") + D("15.34") + D("0.00")


def test_intraday_pays_less_transaction_tax_and_no_depository():
    # 1,00,000 bought and sold in a day: STT 25 on the sale, stamp duty 3 on the purchase.
    plan = broker_plans()["zero"]
    buy = charges_of("buy", D(100_000), DAY, plan=plan, segment="intraday")
    sell = charges_of("sell", D(100_000), DAY, plan=plan, segment="intraday")
    assert (buy.stt, sell.stt, buy.stamp, sell.stamp, sell.depository) == (0, 25, 3, 0, 0)


@pytest.mark.parametrize(("amount", "brokerage"), [(1_000, 5), (12_000, 12), (400_000, 20)])
def test_a_flat_plan_has_a_floor_and_a_cap(amount, brokerage):
    assert charges_of("buy", D(amount), DAY, plan=broker_plans()["flat"]).brokerage == brokerage


@pytest.mark.parametrize(
    ("item", "day", "rate"),
    [
        ("stt", date(2012, 6, 30), "0.00125"),
        ("stt", date(2012, 7, 1), "0.001"),
        ("exchange", date(2020, 12, 31), "0.0000325"),
        ("exchange", date(2021, 1, 1), "0.0000345"),
        ("exchange", date(2024, 9, 30), "0.0000322"),
        ("exchange", date(2024, 10, 1), "0.0000297"),
        ("stamp", date(2020, 6, 30), "0"),
        ("service_tax", date(2017, 6, 30), "0.15"),
        ("service_tax", date(2017, 7, 1), "0.18"),
    ],
)
def test_rates_change_on_their_days(item, day, rate):
    assert rate_on(item, "delivery", "buy", day) == D(rate)


def test_transaction_tax_is_left_out_and_nothing_else():
    # 100 at 2,000: STT 200 of 236 charged; of 150 charged nothing is left.
    def bought(charges):
        return Entry("buy", "TCS", D(100), D(2000), DAY, D(charges))

    assert without_transaction_tax(bought(236)).charges == 36
    assert without_transaction_tax(bought(150)).charges == 0
    dividend = Entry("dividend", "TCS", D(0), D(0), DAY, D(10), cash=D(100))
    assert without_transaction_tax(dividend) == dividend
