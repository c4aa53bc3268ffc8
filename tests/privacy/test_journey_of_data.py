"""Withdrawn, exported, erased: one customer's data from end to end, on a real MongoDB."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from auditlog.models import LogEntry
from django.apps import apps

from accounts import services
from accounts.models import ConsentEvent, Erasure, Look, User
from finseg import privacy
from portfolios.models import Transaction
from segmentation import queries
from segmentation.models import Customer, RiskCase
from segmentation.services import reassign_changed
from segmentation.services.claims import assigning
from tests.privacy.conftest import PASSWORD


async def whole(answer):
    return b"".join([piece async for piece in answer])


def documents_of(user):
    """How many documents name the user, model by model, searched in all collections."""
    found = {}
    for model in apps.get_models():
        if model._meta.label in privacy.KEPT:
            continue
        clauses = []
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is User:
                clauses.append({field.column: user.pk})
            elif field.name in ("number", "investor_number"):
                clauses.append({field.column: user.number})
            elif field.name in ("email", "username"):
                clauses.append({field.column: user.email})
        if model is User:
            clauses = [{"_id": user.pk}]
        if clauses and model._meta.label != "segmentation.SegmentationRun":
            count = queries.collection_of(model).count_documents({"$or": clauses})
            if count:
                found[model._meta.label] = count
    # Members of runs are columns of blocks: a look-up of the number finds none of them.
    if runs := queries.memberships_of(user.number):
        found["segmentation.MembershipBlock"] = len(runs)
    return found


def test_consent_withdrawn_leaves_no_trace_of_the_profile(me):
    assert len(queries.memberships_of(me.number)) == 2
    before = sum(s.customers for s in queries.segments_of(queries.published_run()))
    assert services.withdraw_consent(user=me)
    assert reassign_changed() >= 1
    assert queries.memberships_of(me.number) == {}
    for model in (Customer, RiskCase):
        assert not model.objects.filter(number=me.number).exists(), model
    after = sum(s.customers for s in queries.segments_of(queries.published_run()))
    assert after == before - 1
    run = queries.published_run()
    cube, _ = queries.cube_of_run(run)
    assert cube.customers.sum() == np.sum(run.picture["grid"]["counts"]) == after
    # The record that it happened says no more than that.
    latest = ConsentEvent.objects.filter(user=me).first()
    assert (latest.granted, latest.purpose) == (False, "profiling")
    assert Transaction.objects.filter(investor_number=me.number).exists()


def test_export_holds_everything_and_erasing_leaves_nothing(client, me, staff):
    client.force_login(me)
    assert client.post("/accounts/privacy/export/").status_code == 302  # sign in anew first
    signed = client.post(
        "/accounts/reauthenticate/?next=/accounts/privacy/data/", {"password": PASSWORD}
    )
    assert signed.status_code == 302
    assert "Nobody can bring the account back" in client.get(signed.url).content.decode()

    answer = client.post("/accounts/privacy/export/")
    archive = zipfile.ZipFile(io.BytesIO(async_to_sync(whole)(answer)))
    everything = json.loads(archive.read("everything.json"))
    assert everything["account"][0]["email"] == me.email
    assert (
        len(everything["ledger"]) == Transaction.objects.filter(investor_number=me.number).count()
    )
    assert len(everything["segments"]) == 2 and len(everything["consents"]) == 2
    for table in (
        *("profile", "questionnaires", "portfolios", "features", "recommendations", "feedback"),
        *("plans", "sign-ins", "looks of bank staff", "risk cases"),
    ):
        assert everything[table], table
    said = archive.read("everything.json").decode()
    assert "desk@example.org" not in said and me.password not in said
    rows = list(csv.DictReader(io.StringIO(archive.read("ledger.csv").decode())))
    assert {row["symbol"] for row in rows} == {"TINY1", "TINY2"}
    assert len(rows) == len(everything["ledger"])
    others = {u.email for u in User.objects.exclude(pk=me.pk)}
    assert not any(address in said for address in others)

    page = client.post("/accounts/privacy/erase/", {"typed": "C-1"}, follow=True)
    assert "Nothing was erased" in page.content.decode()
    before = sum(s.customers for s in queries.segments_of(queries.published_run()))
    answer = client.post("/accounts/privacy/erase/", {"typed": me.customer_number.lower()})
    assert "is erased" in answer.content.decode()
    assert documents_of(me) == {}
    run = queries.published_run()
    assert sum(s.customers for s in queries.segments_of(run)) == before - 1
    assert queries.cube_of_run(run)[0].customers.sum() == before - 1

    kept = Erasure.objects.get()
    assert kept.number == me.number and kept.finished_at and kept.deleted["account"]
    assert [each["granted"] for each in kept.decisions] == [True, False]
    assert me.email not in str(list(LogEntry.objects.values())).replace("desk@", "")
    assert client.get("/dashboard/").status_code == 302
    login = client.post("/accounts/login/", {"login": me.email, "password": PASSWORD})
    assert login.status_code == 200 and "_auth_user_id" not in client.session
    assert services.register(email=me.email, password=None).number != me.number


def test_an_erasure_cut_short_is_finished_later(me):
    services.close_account(user=me)
    me.refresh_from_db()
    assert not me.is_active and me.email.endswith("@erased.invalid")
    # Somebody assigns customers just now: what rests on segments waits, nothing is half done.
    segmentation = next(part for part in privacy.PARTS if part.app == "segmentation")
    assert segmentation.read(me)["features"]
    with assigning(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("segmentation.services.freshness.assigning", lambda wait: assigning(wait=0))
        assert privacy.finish_erasures() == 0
    assert Erasure.objects.get().finished_at is None
    # Killed between two parts: the next try begins anew and ends the same.
    for part in privacy.PARTS[:3]:
        part.erase(user=me)
    assert privacy.finish_erasures() == 1
    assert documents_of(me) == {} and not Look.objects.filter(number=me.number).exists()
    assert privacy.finish_erasures() == 0
