"""The advisers' queue: ranked, worked by one at a time, and moving by itself."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from bson import ObjectId
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Look, User
from accounts.services import register_staff
from segmentation import cases
from segmentation.models import Customer, Publication, RiskCase, Segment, SegmentationRun
from segmentation.services.cases import (
    CaseRefused,
    finish_case,
    move_cases,
    release_case,
    take_case,
)

pytestmark = pytest.mark.django_db
FIRST = 30_001


def customer(number, stated, revealed, value, **fields):
    """Written as the refresh of features writes it: rank and direction by the domain's rule."""
    from segmentation.domain.disagreement import direction_names, mismatch
    from segmentation.domain.risk import risk_class

    weight, direction = mismatch([stated], [revealed], [value])
    classes = risk_class(stated), risk_class(revealed)
    return Customer(
        user_id=fields.pop("user_id", ObjectId()),
        number=number,
        email=f"c{number}@example.org",
        risk_score=stated,
        revealed_risk=revealed,
        portfolio_value=value,
        volatility_held=0.4,
        stated_class=classes[0],
        risk_class=classes[1],
        disagrees=classes[0] != classes[1],
        mismatch=None if classes[0] == classes[1] else float(weight[0]),
        direction=direction_names(direction)[0],
        **fields,
    )


@pytest.fixture
def desk(db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    people = [register_staff(email=f"{n}@bank.example", password="quiet river") for n in "ab"]
    owners = User.objects.bulk_create(
        User(email=f"c{FIRST + i}@example.org", number=FIRST + i, password="!") for i in range(4)
    )
    scores = [(20, 80, 90_000), (20, 80, 9_990_000), (80, 20, 9_990_000), (50, 55, 1e7)]
    Customer.objects.bulk_create(
        customer(owner.number, *each, user_id=owner.pk, segment_key="s1" if each[2] > 1e6 else "s2")
        for owner, each in zip(owners, scores, strict=True)
    )
    run = SegmentationRun.objects.create(number=1)
    for key, tier in (("s1", "high"), ("s2", "low")):
        Segment.objects.create(run=run, key=key, name=key, tier=tier, risk_class="low")
    Publication.objects.create(run=run)
    return people


def numbers(**asked):
    return [row.customer.number - FIRST for row in cases.queue(**asked)[0]]


def change(number, **fields):
    """Write a customer's scores anew, as a refresh of features does."""
    row = Customer.objects.get(number=number)
    new = customer(number, fields["stated"], fields["revealed"], row.portfolio_value)
    names = ("risk_score", "revealed_risk", "stated_class", "risk_class", "disagrees")
    Customer.objects.filter(number=number).update(
        **{name: getattr(new, name) for name in (*names, "mismatch", "direction")}
    )


def test_a_case_from_the_queue_to_its_end_and_back(desk):
    anu, bela = desk
    # 60 x log10(1000) is 180, halved for the more cautious 90, and 60 x log10(10) is 60;
    # the fourth customer is in one class on both sides.
    assert numbers() == [1, 2, 0]
    assert numbers(direction="cautious") == [2] and numbers(tier="low") == [0]
    assert numbers(sort="value")[-1] == 0
    assert cases.open_cases() == 3

    case = take_case(number=FIRST + 1, by=anu)
    assert (case.state, case.taken_by, case.stated_class) == ("taken", anu, "low")
    assert numbers() == [2, 0] and numbers(state="taken") == [1] and cases.open_cases() == 2
    assert numbers(state="taken", adviser=bela) == []
    with pytest.raises(CaseRefused, match=r"a@bank.example took the case of C-30002 before you"):
        take_case(number=FIRST + 1, by=bela)
    with pytest.raises(CaseRefused, match=r"before you\. Nothing was changed"):
        finish_case(number=FIRST + 1, by=bela, outcome="none")
    assert RiskCase.objects.count() == 1

    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(CaseRefused, match="has to lie in the future"):
        finish_case(number=FIRST + 1, by=anu, outcome="none", follow_up=timezone.localdate())
    finish_case(number=FIRST + 1, by=anu, outcome="informed", note="Called.", follow_up=tomorrow)
    assert numbers(state="done") == [1] and move_cases() == 0

    # The follow-up has come and they still disagree: back in the queue, nobody's.
    RiskCase.objects.update(follow_up=timezone.localdate())
    assert move_cases([FIRST + 1]) == 1 and numbers() == [1, 2, 0]
    case = take_case(number=FIRST + 1, by=bela)
    assert case.taken_by == bela
    # Another class while somebody is at it changes nothing; once it is done, it opens anew.
    change(FIRST + 1, stated=20, revealed=50)
    assert move_cases() == 0
    finish_case(number=FIRST + 1, by=bela, outcome="adjusted")
    assert move_cases() == 0
    change(FIRST + 1, stated=20, revealed=90)
    assert move_cases() == 1 and numbers()[0] == 1
    # The disagreement is gone: closed by itself, and opened when it comes back.
    take_case(number=FIRST + 1, by=anu)
    change(FIRST + 1, stated=70, revealed=80)
    assert move_cases() == 1 and numbers(state="taken") == []
    assert RiskCase.objects.get().state == "closed"
    with pytest.raises(CaseRefused, match="do not disagree any more"):
        take_case(number=FIRST + 1, by=bela)
    change(FIRST + 1, stated=20, revealed=80)
    assert move_cases() == 1 and numbers() == [1, 2, 0]

    trail = RiskCase.objects.get().trail
    assert [(step.by, step.step.split(":")[0]) for step in trail] == [
        ("a@bank.example", "Taken"),
        ("a@bank.example", "Done"),
        ("", "They still disagree at the date of the follow-up"),
        ("b@bank.example", "Taken"),
        ("b@bank.example", "Done"),
        ("", "The classes changed"),
        ("a@bank.example", "Taken"),
        ("", "Questionnaire and behaviour no longer disagree"),
        ("", "They disagree again"),
    ]
    written = LogEntry.objects.get_for_object(RiskCase.objects.get())
    assert written.count() == len(trail) and written.filter(actor=anu).count() == 3


def test_a_case_given_back_is_everybodys_again(desk):
    anu, bela = desk
    take_case(number=FIRST, by=anu)
    with pytest.raises(CaseRefused, match="before you"):
        release_case(number=FIRST, by=bela)
    release_case(number=FIRST, by=anu)
    assert take_case(number=FIRST, by=bela).taken_by == bela


def test_the_pages_of_the_queue(client, desk):
    anu, bela = desk
    client.force_login(anu)
    page = client.get("/segments/advisers/").content.decode()
    assert "3 open risk cases" in page
    assert page.index("C-30002") < page.index("C-30003") < page.index("C-30001")
    assert "@example.org" not in page
    assert client.get("/segments/advisers/?sort=email").status_code == 400
    address = f"/segments/advisers/{FIRST + 1}/"
    page = client.get(address).content.decode()
    assert "C-30002 says low risk and takes high" in page and "Take this case" in page
    # Everything known is volatility: it alone makes the gap of 80 from the stated 20.
    assert "Volatility of what is held" in page and "+80.0" in page
    page = client.post(f"{address}take/", follow=True).content.decode()
    assert "The case is yours" in page and "Taken by you" in page
    wrong = client.post(f"{address}finish/", {"outcome": "forgotten"})
    assert wrong.status_code == 422 and RiskCase.objects.get().state == "taken"
    page = client.post(f"{address}finish/", {"outcome": "repeated", "note": "Asked again."})
    page = client.get(address).content.decode()
    assert "Done: Questionnaire repeated" in page and "Asked again." in page
    assert client.get("/segments/advisers/999/").status_code == 404

    client.force_login(bela)
    page = client.post(f"/segments/advisers/{FIRST + 3}/take/", follow=True).content.decode()
    assert "Nothing was taken" in page
    # The customers see who looked: the list that named them, and their own page once.
    mine = [look.what for look in Look.objects.filter(number=FIRST + 1)]
    assert sorted(set(mine)) == [
        "A list of customers whose stated and revealed risk differ",
        "Your stated and revealed risk",
    ]
    bela.groups.clear()
    assert client.get("/segments/advisers/").status_code == 403
    assert client.post(f"{address}take/").status_code == 403
    client.force_login(User.objects.get(number=FIRST))
    assert client.get("/segments/advisers/").status_code == 403
