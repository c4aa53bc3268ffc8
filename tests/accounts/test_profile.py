"""Declared facts: what follows from them, and what is refused."""

from decimal import Decimal

import pytest

from accounts.domain.profile import InvestorProfile, profile_errors, savings_rate

GOOD = {
    "annual_income": Decimal("1200000"),
    "monthly_spending": Decimal("60000"),
    "birth_year": 1990,
    "horizon_years": 10,
    "sectors": ["Healthcare"],
    "as_of_year": 2026,
}


def test_savings_rate_by_hand():
    # 12 x 60,000 = 7,20,000 of 12,00,000 is spent, 40% is saved.
    assert savings_rate(Decimal("1200000"), Decimal("60000")) == pytest.approx(0.40)
    # 12 x 1,50,000 = 18,00,000 is spent: half an income more than there is.
    assert savings_rate(Decimal("1200000"), Decimal("150000")) == pytest.approx(-0.50)


@pytest.mark.parametrize(
    ("income", "spending"),
    [(None, Decimal(1)), (Decimal(1), None), (Decimal(0), Decimal(1))],
)
def test_savings_rate_is_unknown_rather_than_zero(income, spending):
    assert savings_rate(income, spending) is None


def test_profile_says_what_it_knows_and_what_is_missing():
    profile = InvestorProfile(number=10_367, birth_year=1990, risk_score=61.0)
    assert profile.age(2026) == 36
    assert profile.risk_class == "medium"
    assert profile.missing == ("annual income", "monthly spending", "horizon")
    assert InvestorProfile(number=1).age(2026) is None
    assert InvestorProfile(number=1).risk_class is None


def test_a_good_profile_and_an_undeclared_one_pass():
    assert profile_errors(**GOOD) == {}
    undeclared = dict.fromkeys(("annual_income", "monthly_spending", "birth_year", "horizon_years"))
    assert profile_errors(**undeclared, sectors=[], as_of_year=2026) == {}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("annual_income", Decimal("-1"), "negative"),
        ("monthly_spending", Decimal("NaN"), "negative"),
        ("annual_income", Decimal("1e13"), "crore"),
        ("birth_year", 2009, "1906 and 2008"),
        ("birth_year", 1905, "1906 and 2008"),
        ("horizon_years", 0, "1 and 50"),
        ("horizon_years", 51, "1 and 50"),
        ("sectors", ["Tulips"], "Tulips"),
    ],
)
def test_each_wrong_fact_gets_its_own_sentence(field, value, words):
    errors = profile_errors(**{**GOOD, field: value})
    assert list(errors) == [field]
    assert words in errors[field]


def test_the_bounds_themselves_are_allowed():
    assert profile_errors(**{**GOOD, "birth_year": 2008, "horizon_years": 50}) == {}
