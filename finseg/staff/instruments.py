"""Instruments, whose facts staff may correct, and what price files brought in."""

from django import forms
from django.contrib import admin
from django.urls import path
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.domain.sectors import SECTORS
from finseg import formatting
from finseg.staff import base
from finseg.staff.health import health_view
from market.models import Instrument, PriceLoad
from market.queries import search_instruments
from market.services import bump_price_version


class InstrumentForm(forms.ModelForm):
    sector = forms.ChoiceField(
        choices=[("", "None (an index)"), *((name, name) for name in SECTORS)],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    aliases = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Former symbols and other names that a search should find, between commas",
    )

    class Meta:
        model = Instrument
        fields = (
            "symbol",
            "name",
            "isin",
            "kind",
            "sector",
            "cap_class",
            "aliases",
            "yahoo_symbol",
            "is_active",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["aliases"] = ", ".join(self.instance.aliases or ())

    def clean_aliases(self):
        return [name.strip() for name in self.cleaned_data["aliases"].split(",") if name.strip()]


class SectorFilter(DropdownFilter):
    title, parameter_name = "sector", "sector"

    def lookups(self, request, model_admin):
        return [(name, name) for name in SECTORS]

    def queryset(self, request, queryset):
        return queryset.filter(sector=self.value()) if self.value() else queryset


@admin.register(Instrument)
class InstrumentAdmin(base.StaffAdmin):
    form = InstrumentForm
    fields = InstrumentForm.Meta.fields
    list_display = ("symbol", "name", "isin", "sector", "cap_class", "kind", "is_active")
    list_filter = (
        SectorFilter,
        ("cap_class", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
    )
    search_fields = ("symbol", "name", "isin")
    search_help_text = "A symbol, a name as people type it, or an ISIN"

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        # The customers' own search forgives "M&M" and former names; inactive ones by symbol.
        found = {facts.symbol for facts in search_instruments(search_term, limit=50)}
        return queryset.filter(symbol__in=[*found, search_term.strip().upper()]), False

    def get_readonly_fields(self, request, obj=None):
        # History, ledgers and quotes know an instrument by its symbol.
        return ("symbol", "kind") if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        # Every process keeps the facts until the version changes.
        bump_price_version()


@admin.register(PriceLoad)
class PriceLoadAdmin(base.ReadOnlyAdmin):
    list_display = ("file_name", "source", "begun", "total", "new", "refused", "leaps", "outcome")
    sortable_by = ()
    ordering = ("-started_at",)
    fields = ("file_name",)
    change_form_template = "admin/market/priceload/page.html"

    total = base.number("rows", "Rows")
    new = base.number("stored", "Stored")
    refused = base.number("rejected", "Rejected")
    begun = base.moment("started_at", "Started")

    @display(description="Jumps")
    def leaps(self, row):
        return base.figure(formatting.number(len(row.jumps), 0))

    @display(description="Outcome")
    def outcome(self, row):
        word = "Failed" if row.error else "Done" if row.finished_at else "Running"
        return base.tag(word, {"Failed": "down", "Done": "up"})

    def get_urls(self):
        view = self.admin_site.admin_view(health_view)
        return [path("health/", view, name="market_priceload_health"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        load = self.get_object(request, object_id)
        context = {"load": load, "title": str(load), "subtitle": None, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)
