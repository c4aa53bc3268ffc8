"""What MongoDB says it does with our queries, asked by explain()."""

import json

import pytest
from django.db import IntegrityError

from accounts.models import User
from finseg.mongodb.counting import count_up_to, estimated_count
from market.models import Instrument, PriceYear
from segmentation.models import Customer

pytestmark = pytest.mark.django_db


def stages(queryset):
    """Names of every stage of the plan, from the inside out."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("stage"), str):
                found.append(node["stage"])
            found.extend(key for key in node if key in {"$sort", "$addFields"})
            for key, value in node.items():
                if key not in {"rejectedPlans", "command"}:
                    walk(value)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(json.loads(queryset.explain()))
    return found


def test_equality_and_order_are_answered_by_an_index():
    Instrument.objects.create(symbol="INFY", name="Infosys")
    for queryset in (
        User.objects.filter(email="a@example.in"),
        PriceYear.objects.filter(source="file", symbol="INFY", year=2025),
        Customer.objects.filter(user_id="0123456789abcdef01234567").order_by(),
        Customer.objects.order_by("number")[:50],
        Customer.objects.order_by("-portfolio_value")[:50],
        Customer.objects.order_by("portfolio_value").values("number")[:50],
    ):
        plan = stages(queryset)
        assert "IXSCAN" in plan, (queryset.query, plan)
        assert not {"COLLSCAN", "SORT", "$sort", "$addFields"} & set(plan), (queryset.query, plan)


def test_order_limits_and_projections_still_answer_as_before():
    rows = [("A", "z"), ("B", "y"), ("C", "z"), ("D", "x")]
    Instrument.objects.bulk_create(
        Instrument(symbol=symbol, name=name, sector=name) for symbol, name in rows
    )
    by_name = Instrument.objects.order_by("name", "-symbol")
    assert [each.symbol for each in by_name] == ["D", "B", "C", "A"]
    assert list(by_name.values_list("symbol", flat=True)[1:3]) == ["B", "C"]
    assert by_name.only("symbol").first().symbol == "D"
    assert list(Instrument.objects.order_by("sector").values_list("sector").distinct()) == [
        ("x",),
        ("y",),
        ("z",),
    ]
    assert Instrument.objects.order_by("name")[:3].count() == 3


def test_a_second_document_with_a_unique_value_is_refused():
    Instrument.objects.create(symbol="INFY", name="Infosys")
    with pytest.raises(IntegrityError):
        Instrument.objects.create(symbol="INFY", name="Again")


def test_a_count_stops_at_its_limit_and_keeps_to_its_filter():
    Instrument.objects.bulk_create(
        Instrument(symbol=f"S{i}", name="x", sector="Power" if i % 2 else "Realty")
        for i in range(9)
    )
    power = Instrument.objects.filter(sector="Power").order_by("-symbol")
    assert [count_up_to(power, most) for most in (2, 4, 100)] == [2, 4, 4]
    assert estimated_count(power) == 9  # Of the collection, whatever the filter.
