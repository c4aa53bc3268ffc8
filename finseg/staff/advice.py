"""Recommendations and saved plans as customers have them: read only."""

from django.contrib import admin
from unfold.decorators import display

from finseg import formatting
from finseg.staff import base
from finseg.staff.portfolios import NumberSearch
from recommendations.models import RecommendationSet
from sip.models import SipPlan


@admin.register(RecommendationSet)
class RecommendationSetAdmin(NumberSearch, base.PersonalAdmin, base.ReadOnlyAdmin):
    list_display = ("customer", "stocks", "segment_key", "as_of", "built")
    sortable_by = ("customer",)
    ordering = ("-investor_number",)
    fields = ("investor_number", "as_of", "segment_key", "built_at")

    built = base.moment("built_at", "Worked out")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("working")

    @display(description="Customer", ordering="investor_number")
    def customer(self, row):
        return f"C-{row.investor_number}"

    @display(description="Stocks")
    def stocks(self, row):
        return ", ".join(item.symbol for item in row.items or ()) or formatting.MISSING


@admin.register(SipPlan)
class SipPlanAdmin(base.PersonalAdmin, base.ReadOnlyAdmin):
    list_display = ("customer", "name", "kind", "deposit", "rate", "years", "saved")
    sortable_by = ()
    ordering = ("-pk",)
    list_fetched = {"investor": ("number",)}
    fields = ("name", "kind", "amount", "annual_rate", "years", "start_date", "created_at")

    saved = base.moment("created_at", "Saved")
    deposit = base.money("amount", "Amount")

    def numbers_of(self, rows):
        return [row.investor.number for row in rows]

    @display(description="Customer")
    def customer(self, row):
        return row.investor.customer_number

    @display(description="Rate a year")
    def rate(self, row):
        return base.figure(formatting.share(row.annual_rate))
