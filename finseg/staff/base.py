"""What all staff lists share: paging and sorting by index, and numbers written as everywhere."""

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ORDER_VAR
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timezone import localtime
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from finseg import formatting
from finseg.staff.paginator import EstimatingPaginator

TIERS = {"High": "accent"}
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
        return getattr(row, field) or formatting.MISSING

    return column


def moment(field, description):
    """A list column of an instant, to the minute."""

    @display(description=description)
    def column(self, row):
        return when(getattr(row, field))

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
