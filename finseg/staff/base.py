"""What all staff lists share: paging and sorting by index, and numbers written as everywhere."""

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timezone import localtime
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from accounts.audit import record_look
from accounts.permissions import may_see_personal_data
from finseg import formatting
from finseg.staff.paginator import EstimatingPaginator

TIERS = {"High": "accent"}
LONGEST_QUERY = 200
RISKS = {"High": "down", "Medium": "warn", "Low": "up"}


class IndexedChangeList(ChangeList):
    """Sorts by the one field that was asked for and nothing else.

    Django adds further fields to break ties, after which no index holds the order and MongoDB
    sorts the whole collection. An index returns equal values in one order anyway.
    """

    def get_ordering(self, request, queryset):
        if ORDER_VAR in self.params:
            return super().get_ordering(request, queryset)[:1]
        # The list's own order, or that of a filter which ranks.
        return list(queryset.query.order_by) or self._get_default_ordering()

    def get_ordering_field_columns(self):
        return dict(list(super().get_ordering_field_columns().items())[:1])

    def _get_deterministic_ordering(self, ordering):
        return list(ordering)

    def get_results(self, request):
        super().get_results(request)
        # The count stands below the list, in words; the template's own line would repeat it.
        self.full_result_count = self.result_count
        self.result_list = list(self.result_list)
        for name, fields in self.model_admin.list_fetched.items():
            fetch(self.result_list, name, fields)


def fetch(rows, name, fields):
    """Give the rows of a page their related objects in one query.

    `select_related` would join the whole collection before it takes the page.
    """
    relation = rows[0]._meta.get_field(name) if rows else None
    keys = {getattr(row, relation.attname) for row in rows} - {None}
    if keys:
        found = relation.related_model._default_manager.only(*fields).in_bulk(keys)
        for row in rows:
            relation.set_cached_value(row, found.get(getattr(row, relation.attname)))


class StaffAdmin(ModelAdmin):
    list_per_page = 50
    show_full_result_count = False
    paginator = EstimatingPaginator
    list_fullwidth = True
    list_filter_submit = True
    show_facets = ShowFacets.NEVER  # Counting each choice of each filter reads everything.
    list_fetched = {}
    """Foreign keys shown in the list, and the fields of theirs that it needs."""

    def get_changelist(self, request, **kwargs):
        return IndexedChangeList

    def changelist_view(self, request, extra_context=None):
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


class ReadOnlyAdmin(StaffAdmin):
    """Nobody adds, changes or deletes here, superusers included."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class PersonalAdmin:
    """Lists and pages about single customers, before a `StaffAdmin` among the bases.

    They open only for staff who may see personal data: a figure beside a customer number is that
    customer's. Every page and every list that was opened is put on record, with its customers.
    """

    list_seen = page_seen = ""
    """What was seen, in words for the customers; named after the model otherwise."""

    def numbers_of(self, rows):
        """Customer numbers of the rows, for those that are about a customer."""
        return [row.investor_number for row in rows]

    def has_module_permission(self, request):
        return super().has_module_permission(request) and may_see_personal_data(request.user)

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and may_see_personal_data(request.user)

    def has_change_permission(self, request, obj=None):
        # Django opens a page for whoever may change it, whether or not they may view it.
        return super().has_change_permission(request, obj) and may_see_personal_data(request.user)

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        if shown := getattr(response, "context_data", None):
            self._record_list(request, shown["cl"].result_list)
        return response

    def _record_list(self, request, rows):
        numbers = sorted(set(self.numbers_of(rows)))
        if not numbers:
            return
        # What was searched for may be an address: the trail outlives the account.
        asked = ", ".join(
            f"{key} {value}" for key, value in request.GET.items() if key != SEARCH_VAR
        )
        name = self.opts.verbose_name_plural
        record_look(
            actor=request.user,
            about=ContentType.objects.get_for_model(self.model),
            note=f"Looked at the list of {name}" + (f": {asked[:LONGEST_QUERY]}" if asked else ""),
            numbers=numbers,
            what=self.list_seen or f"A list of {name}",
            title=f"list of {name}",
        )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if request.method == "GET" and row and self.has_view_permission(request, row):
            record_look(
                actor=request.user, about=row, numbers=self.numbers_of([row]), what=self.page_seen
            )
        return super().change_view(request, object_id, form_url, extra_context)


def change_url(obj):
    """Address of an object's page in the admin."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def figure(text):
    """A number in a list: aligned and in tabular figures."""
    return format_html('<span class="fs-num">{}</span>', text)


def money(field, description):
    """A list column of rupees, to the rupee."""

    @display(description=description, ordering=field)
    def column(self, row):
        return figure(formatting.rupees(getattr(row, field), 0))

    return column


def change(field, description):
    """A list column of a return, with its sign and its direction."""

    @display(description=description, ordering=field)
    def column(self, row):
        value = getattr(row, field)
        return format_html(
            '<span class="fs-num fs-{}">{}</span>',
            formatting.direction(value),
            formatting.percent(value),
        )

    return column


def number(field, description, decimals=0):
    """A list column of a plain number with Indian grouping."""

    @display(description=description, ordering=field)
    def column(self, row):
        return figure(formatting.number(getattr(row, field), decimals))

    return column


def text(field, description):
    """A list column of words that no index sorts; an em dash where there are none."""

    @display(description=description)
    def column(self, row):
        words = getattr(row, field)
        return (words() if callable(words) else words) or formatting.MISSING

    return column


def moment(field, description):
    """A list column of an instant, to the minute."""

    @display(description=description)
    def column(self, row):
        return when(getattr(row, field))

    return column


def day(field, description):
    """A list column of a date."""

    @display(description=description)
    def column(self, row):
        return date_format(getattr(row, field), "j M Y")

    return column


def when(instant):
    """Write an instant in the bank's own time; an em dash for none."""
    return date_format(localtime(instant), "j M Y, H:i") if instant else formatting.MISSING


def label(field, description, kinds):
    """A list column of a class such as high, medium, low, as a tag with its word."""

    @display(description=description)
    def column(self, row):
        return tag(getattr(row, field).capitalize(), kinds)

    return column


def tag(word, kinds):
    """A word on the colour that `kinds` gives it; an em dash for no word.

    Written here because Unfold renders a template for each label, which on a full list takes
    longer than its query.
    """
    if not word:
        return formatting.MISSING
    return format_html('<span class="fs-tag fs-tag-{}">{}</span>', kinds.get(word, "plain"), word)
