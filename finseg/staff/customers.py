"""Customers as staff see them: who is worth what, in which segment, and what they say and do.

The list reads one collection, `segmentation.Customer`, and only fields an index can sort. The
e-mail address stays out of it; the page behind shows that. Both need the permission for personal
data, and every look is put on record.
"""

import re

from django.contrib import admin
from django.db.models import Q
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from accounts.queries import profile_of
from finseg import formatting
from finseg.staff import base, traits
from portfolios.models import Portfolio
from recommendations.models import RecommendationSet
from segmentation.models import Customer
from segmentation.queries import keys_of_tier, published_segments, segment_of

LEVELS = (("high", "High"), ("medium", "Medium"), ("low", "Low"))
CUSTOMER_NUMBER = re.compile(r"\s*(?:c-?)?\s*(\d{1,18})\s*", re.IGNORECASE)


class SegmentFilter(DropdownFilter):
    """Choices from the published run: what the collection holds is never asked."""

    title = "segment"
    parameter_name = "segment"

    def lookups(self, request, model_admin):
        return [(each.key, each.name) for each in published_segments().values()]

    def queryset(self, request, queryset):
        return queryset.filter(segment_key=self.value()) if self.value() else queryset


class LevelFilter(DropdownFilter):
    """High, medium or low in one field."""

    field = ""

    def lookups(self, request, model_admin):
        return LEVELS

    def queryset(self, request, queryset):
        known = self.value() in dict(LEVELS)
        return queryset.filter(**{self.field: self.value()}) if known else queryset


class TierFilter(LevelFilter):
    title, parameter_name = "tier", "tier"

    def queryset(self, request, queryset):
        known = self.value() in dict(LEVELS)
        return queryset.filter(segment_key__in=keys_of_tier(self.value())) if known else queryset


class RiskFilter(LevelFilter):
    title, parameter_name, field = "revealed risk", "risk", "risk_class"


class MismatchFilter(DropdownFilter):
    title, parameter_name = "stated and revealed risk", "mismatch"

    def lookups(self, request, model_admin):
        return [("yes", "Disagree"), ("no", "Agree, or one is unknown")]

    def queryset(self, request, queryset):
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(disagrees=self.value() == "yes")


class RankingFilter(DropdownFilter):
    """The two ends of the list, without those whose return is unknown."""

    title, parameter_name = "ranking", "ranking"

    def lookups(self, request, model_admin):
        return [("top", "Best total return first"), ("worst", "Worst total return first")]

    def queryset(self, request, queryset):
        if self.value() not in ("top", "worst"):
            return queryset
        # "Greater than minus infinity" leaves out the unknown and walks the index.
        known = queryset.filter(total_return__gt=float("-inf"))
        return known.order_by("-total_return" if self.value() == "top" else "total_return")


@admin.register(Customer)
class CustomerAdmin(base.PersonalAdmin, base.ReadOnlyAdmin):
    list_display = (
        "customer",
        "stated",
        "revealed",
        "risk_label",
        "value",
        "total",
    )
    sortable_by = ("customer", "stated", "revealed", "value", "total")
    list_filter = (SegmentFilter, TierFilter, RiskFilter, MismatchFilter, RankingFilter)
    ordering = ("-portfolio_value",)
    search_fields = ("number", "email")
    search_help_text = "A customer number (C-10367), or the beginning of an e-mail address"
    change_form_template = "admin/segmentation/customer/page.html"
    page_seen = "All that is known about you, on one page"

    stated = base.number("risk_score", "Stated risk")
    revealed = base.number("revealed_risk", "Revealed risk")
    risk_label = base.label("risk_class", "Risk class", base.RISKS)
    value = base.money("portfolio_value", "Portfolio value")
    total = base.change("total_return", "Total return")

    def changelist_view(self, request, extra_context=None):
        request.segments = published_segments()
        return super().changelist_view(request, extra_context)

    def get_list_display(self, request):
        """The same columns; what a segment is called is asked of the published run once."""
        segments = getattr(request, "segments", {})

        @display(description="Segment")
        def segment(row):
            view = segments.get(row.segment_key)
            return view.name if view else formatting.MISSING

        @display(description="Tier")
        def tier(row):
            view = segments.get(row.segment_key)
            return base.tag(view.tier.capitalize() if view else "", base.TIERS)

        return ("customer", segment, tier, *self.list_display[1:])

    def numbers_of(self, rows):
        return [row.number for row in rows]

    @display(description="Customer", ordering="number")
    def customer(self, row):
        return str(row)

    def get_search_results(self, request, queryset, search_term):
        if found := CUSTOMER_NUMBER.fullmatch(search_term):
            return queryset.filter(number=int(found[1])), False
        start = search_term.strip().lower()
        if not start:
            return queryset, False
        # A range instead of "starts with": it holds for any character and walks the index.
        return queryset.filter(Q(email__gte=start), Q(email__lt=start + "\uffff")), False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        customer = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if customer and self.has_view_permission(request, customer):
            context |= {"title": str(customer), "subtitle": None, **page(customer)}
        return super().change_view(request, object_id, form_url, context)


def page(customer):
    """What the page of one customer shows."""
    portfolio = Portfolio.objects.filter(investor_id=customer.user_id).first()
    return {
        "customer": customer,
        "segment": segment_of(customer.user),
        "compared": traits.beside_segment(customer),
        "why": traits.explained(customer),
        "portfolio": portfolio,
        "portfolio_url": base.change_url(portfolio) if portfolio else None,
        "person": customer.user,
        "person_url": base.change_url(customer.user),
        "profile": profile_of(customer.user),
        "advice": RecommendationSet.objects.filter(investor_id=customer.user_id).first(),
    }
