"""Portfolios, best and worst, and the ledger they follow from: read only."""

from django.contrib import admin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from finseg.staff import base
from finseg.staff.customers import CUSTOMER_NUMBER
from portfolios.models import Portfolio, Transaction
from portfolios.queries import valuation_of
from segmentation.models import Customer

LEDGER_LINES = 50


class NumberSearch:
    """Searches by customer number: one equality on an index."""

    search_fields = ("investor_number",)
    search_help_text = "A customer number: C-10367"

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        found = CUSTOMER_NUMBER.fullmatch(search_term)
        return queryset.filter(investor_number=int(found[1])) if found else queryset.none(), False


class EndsFilter(DropdownFilter):
    title, parameter_name = "ranking", "ranking"
    ORDERS = {
        "best": ("total_return", "-total_return"),
        "worst": ("total_return", "total_return"),
        "largest": ("value", "-value"),
        "smallest": ("value", "value"),
    }

    def lookups(self, request, model_admin):
        return [
            ("best", "Best total return first"),
            ("worst", "Worst total return first"),
            ("largest", "Largest value first"),
            ("smallest", "Smallest value first"),
        ]

    def queryset(self, request, queryset):
        if self.value() not in self.ORDERS:
            return queryset
        field, order = self.ORDERS[self.value()]
        # "Greater than minus infinity" leaves out the unknown and walks the index.
        return queryset.filter(**{f"{field}__gt": float("-inf")}).order_by(order)


@admin.register(Portfolio)
class PortfolioAdmin(NumberSearch, base.PersonalAdmin, base.ReadOnlyAdmin):
    list_display = ("customer", "worth", "put_in", "gain", "year", "total", "valued")
    sortable_by = ("customer", "worth", "year", "total")
    ordering = ("-value",)
    list_filter = (EndsFilter,)
    fields = ("name",)
    change_form_template = "admin/portfolios/portfolio/page.html"

    worth = base.money("value", "Value")
    put_in = base.money("invested", "Invested")
    gain = base.money("profit", "Profit or loss")
    year = base.change("return_1y", "Return on money, one year")
    total = base.change("total_return", "Total return")
    valued = base.moment("valued_at", "Valued")

    @display(description="Customer", ordering="investor_number")
    def customer(self, row):
        return f"C-{row.investor_number}"

    def get_queryset(self, request):
        return super().get_queryset(request).defer("positions")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        portfolio = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if portfolio and self.has_view_permission(request, portfolio):
            customer = Customer.objects.filter(number=portfolio.investor_number).first()
            context |= {
                "title": f"Portfolio of C-{portfolio.investor_number}",
                "subtitle": None,
                "portfolio": portfolio,
                **holdings(portfolio),
                "customer_url": base.change_url(customer) if customer else None,
            }
        return super().change_view(request, object_id, form_url, context)


def holdings(portfolio):
    """Holdings at the latest prices and the last lines of the ledger."""
    return {
        "valuation": valuation_of(portfolio),
        "lines": list(
            Transaction.objects.filter(portfolio=portfolio).order_by("-trade_date", "-sequence")[
                :LEDGER_LINES
            ]
        ),
        "most_lines": LEDGER_LINES,
    }


@admin.register(Transaction)
class TransactionAdmin(NumberSearch, base.PersonalAdmin, base.ReadOnlyAdmin):
    # Not the names of fields: Django shows the field then, and not the column.
    list_display = (
        "customer", "day", "what", "stock", "how_many", "each", "fees", "came_to", "plan"
    )  # fmt: skip
    sortable_by = ()
    ordering = ("-pk",)
    list_display_links = None
    list_seen = "Lines of your ledger, in a list"

    day = base.day("trade_date", "Day")
    what = base.text("get_kind_display", "Kind")
    stock = base.text("symbol", "Stock")
    how_many = base.number("quantity", "Quantity")
    each = base.number("price", "Price", 2)
    fees = base.number("charges", "Charges", 2)
    came_to = base.number("amount", "Amount", 2)

    @display(description="Plan")
    def plan(self, row):
        return "SIP" if row.is_sip else ""

    @display(description="Customer")
    def customer(self, row):
        return f"C-{row.investor_number}"
