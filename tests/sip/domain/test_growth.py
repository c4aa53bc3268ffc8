"""Compound growth against published and hand-worked figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.domain.growth import (
    annuity_due_factor,
    lump_sum_value,
    periodic_rate,
    sip_value,
    todays_rupees,
)

RATES = st.floats(min_value=0, max_value=0.4)


def test_five_thousand_a_month_at_nine_per_cent_for_ten_years():
    # The project's reference figure: annuity due, i = 9 % / 12.
    assert sip_value(5_000, annual_rate=0.09, months=120) == pytest.approx(974_828.17, abs=0.005)


def test_three_deposits_by_hand():
    # 1,000 x 1.01^3 + 1,000 x 1.01^2 + 1,000 x 1.01 = 1030.301 + 1020.1 + 1010
    assert sip_value(1_000, annual_rate=0.12, months=3) == pytest.approx(3_060.401)


def test_effective_rate_makes_exactly_the_year():
    assert (1 + periodic_rate(0.12, compounding="effective")) ** 12 == pytest.approx(1.12)
    assert periodic_rate(0.12, compounding="nominal") == pytest.approx(0.01)


def test_a_lump_sum_compounds_yearly():
    # 1.12^10 = 3.105848..., the usual compound-interest table
    assert lump_sum_value(100_000, annual_rate=0.12, years=10) == pytest.approx(
        310_584.82, abs=0.01
    )


def test_todays_rupees():
    # 974,828.17 / 1.05^10 (1.628894627) = 598,460.0
    assert todays_rupees(974_828.17, inflation=0.05, years=10) == pytest.approx(598_459.9, abs=0.1)


@pytest.mark.parametrize("rate", [-1, -2, float("nan")])
def test_a_total_loss_is_no_rate(rate):
    with pytest.raises(ValueError, match="above -1"):
        periodic_rate(rate)


def test_unknown_compounding_is_refused():
    with pytest.raises(ValueError, match="weekly"):
        periodic_rate(0.1, compounding="weekly")


@given(months=st.integers(1, 600), deposit=st.floats(100, 1e6))
def test_a_zero_rate_gives_back_the_deposits(months, deposit):
    assert sip_value(deposit, annual_rate=0, months=months) == pytest.approx(deposit * months)


@given(rate=RATES, more=st.floats(1e-4, 0.1), months=st.integers(1, 480))
def test_a_higher_rate_is_worth_more(rate, more, months):
    low = sip_value(1_000, annual_rate=rate, months=months)
    assert sip_value(1_000, annual_rate=rate + more, months=months) > low


@given(rate=st.floats(1e-14, 1e-6), periods=st.integers(1, 480))
def test_tiny_rates_keep_their_digits(rate, periods):
    # Second-order expansion: n + i n (n + 1) / 2; the next term is below 1e-4 of it here.
    expected = periods + rate * periods * (periods + 1) / 2
    assert annuity_due_factor(rate, periods) == pytest.approx(expected, rel=1e-6)
