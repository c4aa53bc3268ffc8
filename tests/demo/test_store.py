"""Demo customers in a real database: what the ORM reads back is what was made."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from accounts.models import InvestorProfile, User
from finseg.demo.customers import make_customers
from finseg.demo.logins import create_logins
from finseg.demo.store import store_customers
from portfolios.models import Portfolio, Transaction
from tests.demo.cast import small_market

pytestmark = pytest.mark.django_db

COUNT = 12


@pytest.fixture(autouse=True)
def no_archetypes():
    """The list of archetypes belongs to no model, so Django does not empty it."""
    yield
    connection.get_collection("demo_archetypes").delete_many({})


@pytest.fixture
def made():
    customers = list(make_customers(COUNT, seed=5, market=small_market(), n_sectors=22))
    return customers, store_customers(customers, total=COUNT, tick=lambda n: None)


def test_what_is_stored_is_what_was_made(made, tmp_path):
    customers, report = made
    trades = sum(len(customer.trades) for customer in customers)
    assert report == {"customers": COUNT, "trades": trades, "first_number": report["first_number"]}
    assert User.objects.count() == InvestorProfile.objects.count() == COUNT
    assert Transaction.objects.count() == trades

    number = report["first_number"]
    profile = InvestorProfile.objects.get(investor_number=number)
    assert profile.annual_income == customers[0].declared.annual_income
    assert not profile.user.has_usable_password()
    first = Transaction.objects.filter(investor_number=number).order_by("sequence").first()
    assert (first.symbol, first.price, first.charges, first.trade_date) == (
        customers[0].trades[0].symbol,
        customers[0].trades[0].price,
        customers[0].trades[0].charges,
        customers[0].trades[0].day,
    )
    # The stored positions follow from the stored ledgers, by the command that proves it.
    out = StringIO()
    call_command("verify_portfolios", stdout=out)
    assert Portfolio.objects.count() == COUNT

    logins = create_logins(investor_number=number, file=tmp_path / "logins.json")
    again = create_logins(investor_number=number, file=tmp_path / "logins.json")
    assert logins == again
    assert (Path(tmp_path) / "logins.json").stat().st_mode & 0o077 == 0
    investor = User.objects.get(number=number)
    assert investor.check_password(logins["investor"]["password"])
    assert User.objects.get(email=logins["staff"]["email"]).is_staff


@override_settings(DEMO=False)
def test_without_demo_nothing_is_made():
    with pytest.raises(CommandError, match="DEMO is off"):
        call_command("demo")
    assert User.objects.count() == 0


@override_settings(DEMO=True)
def test_demo_customers_are_not_mixed_with_others():
    User.objects.create_user("owner@example.in", "a long enough password")
    with pytest.raises(CommandError, match="has users of its own"):
        call_command("demo", "--wait", "0")
    assert User.objects.count() == 1
