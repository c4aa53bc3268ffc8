"""Roles, instruments, jobs by hand, data health and the audit trail."""

import numpy as np
import pytest
from auditlog.models import LogEntry

from accounts import services
from accounts.models import User
from finseg.models import JobRun
from finseg.staff.health import coverage
from market.domain.bars import Bars
from market.models import Instrument
from market.queries import instruments
from market.services import store_bars
from tests.admin.conftest import sign_in

pytestmark = pytest.mark.django_db


def test_only_a_superuser_gives_roles_and_nobody_to_oneself(client, staff, root):
    investor = services.register(email="asha@example.org", password=None)
    colleague = services.register_staff(email="other@bank.example", password=None)
    every_power = {"is_active": "on", "role": "staff", "is_superuser": "on", "_save": "1"}

    sign_in(client, staff)
    for user in (staff, colleague, root):
        address = f"/admin/accounts/user/{user.pk}/change/"
        assert client.post(address, every_power).status_code == 403
    client.post(f"/admin/accounts/user/{investor.pk}/change/", every_power)
    investor.refresh_from_db()
    assert (investor.role, investor.is_staff, investor.is_superuser) == ("investor", False, False)
    client.post(f"/admin/accounts/user/{investor.pk}/change/", {"_save": "1"})  # Locked out.
    investor.refresh_from_db()
    assert not investor.is_active

    sign_in(client, root)
    page = {"is_active": "on", "role": "staff", "_save": "1"}
    assert client.post(f"/admin/accounts/user/{investor.pk}/change/", page).status_code == 302
    investor = User.objects.get(pk=investor.pk)
    assert (investor.role, investor.is_staff, investor.is_active) == ("staff", True, True)
    assert investor.has_perm("segmentation.view_customer")  # The group came with the role.
    given = [
        (entry.actor, entry.changes["role"])
        for entry in LogEntry.objects.get_for_object(investor).filter(action=LogEntry.Action.UPDATE)
        if "role" in entry.changes
    ]
    assert given == [(root, ["investor", "staff"])]


def test_a_corrected_instrument_reaches_every_page_and_the_trail(client, staff):
    infosys = Instrument.objects.create(symbol="INFY", name="Infosis", sector="Services")
    assert instruments()[0].name == "Infosis"
    sign_in(client, staff)
    address = f"/admin/market/instrument/{infosys.pk}/change/"
    page = {
        "symbol": "TCS",  # Not editable: history and ledgers know it by INFY.
        "name": "Infosys Ltd.",
        "isin": "INE009A01021",
        "sector": "Information Technology",
        "cap_class": "Large",
        "aliases": "INFOSYSTCH, Infosys Technologies",
        "is_active": "on",
        "_save": "1",
    }
    assert client.post(address, page).status_code == 302
    corrected = instruments()[0]
    assert (corrected.symbol, corrected.name) == ("INFY", "Infosys Ltd.")
    assert corrected.aliases == ("INFOSYSTCH", "Infosys Technologies")
    entry = LogEntry.objects.get_for_object(infosys).get(action=LogEntry.Action.UPDATE)
    assert entry.actor == staff
    assert entry.changes["name"] == ["Infosis", "Infosys Ltd."]
    trail = client.get("/admin/auditlog/logentry/?q=desk@bank.example").content.decode()
    assert address in trail
    shown = client.get(f"/admin/auditlog/logentry/{entry.pk}/change/").content.decode()
    for word in ("desk@bank.example", "Infosis", "Infosys Ltd.", "127.0.0.1"):
        assert word in shown, word
    page["sector"] = "Alchemy"
    assert "not one of the available choices" in client.post(address, page).content.decode()


def test_nobody_edits_the_audit_trail(client, root):
    infosys = Instrument.objects.create(symbol="INFY", name="Infosys")
    entry = LogEntry.objects.get_for_object(infosys).get()
    sign_in(client, root)
    address = f"/admin/auditlog/logentry/{entry.pk}"
    assert client.post(f"{address}/change/", {"object_repr": "x"}).status_code == 403
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert LogEntry.objects.filter(pk=entry.pk).exists()


def test_safe_jobs_start_by_hand_and_others_do_not(client, staff, newcomer, monkeypatch):
    sent = []
    monkeypatch.setattr("celery.Celery.send_task", lambda self, name, **_: sent.append(name))
    start = "/admin/finseg/jobrun/start/"
    sign_in(client, newcomer)
    assert client.post(start, {"name": "portfolios.tasks.value_portfolios"}).status_code == 403
    sign_in(client, staff)
    refused = client.post(start, {"name": "finseg.pipeline.run_nightly"}, follow=True)
    assert "Nothing was started." in refused.content.decode()
    assert sent == []
    page = client.post(start, {"name": "portfolios.tasks.value_portfolios"}, follow=True)
    assert "Queued: Value all portfolios." in page.content.decode()
    assert sent == ["portfolios.tasks.value_portfolios"]
    entry = LogEntry.objects.get(object_pk=str(JobRun.objects.get().pk))
    assert (entry.actor, entry.object_repr) == (staff, "Value all portfolios")


def bars_until(last, days):
    """Flat bars of `days` days up to `last`."""
    dates = np.datetime64(last) - np.arange(days)[::-1]
    price = np.full(days, 100.0)
    return Bars(dates, price, price, price, price, price, np.ones(days, np.int64))


def test_data_health_names_what_is_stale_and_missing(client, staff):
    for symbol in ("INFY", "TCS", "WIPRO", "OLDCO"):
        Instrument.objects.create(symbol=symbol, name=symbol, is_active=symbol != "OLDCO")
    store_bars(
        source="file",
        bars={
            "INFY": bars_until("2025-12-31", 400),  # Back to 2024-11-27.
            "TCS": bars_until("2025-12-20", 3),  # Eleven days behind.
            "OLDCO": bars_until("2020-01-02", 3),  # From 2019-12-31; inactive, so no complaint.
        },
    )
    found = coverage("file")
    assert (found.symbols, found.instruments) == (2, 3)
    assert (found.first_year, found.last_day) == (2019, "2025-12-31")
    assert found.stale == (("TCS", "2025-12-20"),)
    assert found.missing == ("WIPRO",)
    assert coverage("yahoo").last_day is None
    sign_in(client, staff)
    page = client.get("/admin/market/priceload/health/").content.decode()
    for word in ("TCS (2025-12-20)", "WIPRO", "2 of 3", "What companies owe"):
        assert word in page, word
    store_bars(source="file", bars={"TCS": bars_until("2025-12-31", 1)})
    assert coverage("file").stale == ()  # Kept until prices change, and no longer.
