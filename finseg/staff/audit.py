"""The audit trail: who changed or looked at what and when. Read only for everyone."""

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.models import ConsentEvent, InvestorProfile, User
from accounts.permissions import may_see_personal_data
from finseg import formatting
from finseg.staff import base
from finseg.staff.customers import CUSTOMER_NUMBER
from portfolios.models import Portfolio
from segmentation.models import Customer

WORDS = {0: "Created", 1: "Changed", 2: "Deleted", 3: "Looked at"}
KINDS = {"Created": "up", "Changed": "accent", "Deleted": "down"}


@admin.register(LogEntry)
class AuditAdmin(base.ReadOnlyAdmin):
    list_display = ("at", "who", "did", "what", "how")
    sortable_by = ()
    ordering = ("-timestamp",)
    list_filter = (("action", ChoicesDropdownFilter),)
    search_fields = ("actor_email",)
    search_help_text = "The e-mail address of who did it, or the number of a customer"
    change_form_template = "admin/auditlog/logentry/page.html"
    fields = ("object_repr",)

    at = base.moment("timestamp", "When")

    @display(description="Who")
    def who(self, row):
        return row.actor_email or "the system"

    @display(description="Did")
    def did(self, row):
        return base.tag(WORDS[row.action], KINDS)

    @display(description="What")
    def what(self, row):
        return link_to(row)

    @display(description="Details")
    def how(self, row):
        parts = [f"{name}: {before} → {after}" for name, before, after in changes_of(row)]
        # Of a look there is no change to tell, but which page it was and whom it showed.
        text = "; ".join(parts) or note_of(row)
        return (text if len(text) <= 120 else text[:119] + "…") or formatting.MISSING

    @display(description="Details")
    def how_in_general(self, row):
        return formatting.MISSING if row.content_type_id in personal_kinds() else self.how(row)

    def get_list_display(self, request):
        if may_see_personal_data(request.user):
            return self.list_display
        return (*self.list_display[:-1], "how_in_general")

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        if not term:
            return queryset, False
        if found := CUSTOMER_NUMBER.fullmatch(term):
            return queryset.filter(object_pk__in=keys_of_customer(int(found[1]))), False
        actor = User.objects.filter(email=term.lower()).only("pk").first()
        return (queryset.filter(actor_id=actor.pk) if actor else queryset.none()), False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        entry = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if entry:
            may_see = (
                may_see_personal_data(request.user) or entry.content_type_id not in personal_kinds()
            )
            context |= {
                "title": f"{WORDS[entry.action]}: {entry.object_repr}",
                "subtitle": None,
                "entry": entry,
                "word": WORDS[entry.action],
                "link": link_to(entry),
                "changes": changes_of(entry) if may_see else [],
                "hidden": not may_see and bool(entry.changes),
                "note": note_of(entry),
            }
        return super().change_view(request, object_id, form_url, context)


def personal_kinds():
    """Content types of entries whose values are facts about a person."""
    found = ContentType.objects.get_for_models(User, InvestorProfile, ConsentEvent)
    return {kind.pk for kind in found.values()}


def keys_of_customer(number):
    """Primary keys, as text, of the documents that are about one customer."""
    found = [
        *Customer.objects.filter(number=number).values_list("pk", flat=True),
        *User.objects.filter(number=number).values_list("pk", flat=True),
        *Portfolio.objects.filter(investor_number=number).values_list("pk", flat=True),
    ]
    return [str(key) for key in found]


def link_to(entry):
    """What the entry is about, as a link where the admin has a page for it."""
    # Content types are cached by Django: no join for a name.
    kind = ContentType.objects.get_for_id(entry.content_type_id)
    if kind.model_class() is ContentType:  # a list as a whole
        return entry.object_repr
    words = f"{kind.name} {entry.object_repr}"
    try:
        url = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.object_pk])
    except NoReverseMatch:
        return words
    return format_html('<a class="fs-link" href="{}">{}</a>', url, words)


def note_of(entry) -> str:
    """What was said in words with an entry."""
    return (entry.additional_data or {}).get("note", "")


def changes_of(entry):
    """Each changed field with its value before and after, as text."""
    rows = []
    for name, change in (entry.changes or {}).items():
        if isinstance(change, dict):  # Members added to or removed from a many-to-many field.
            members = ", ".join(change.get("objects", []))
            added = change.get("operation") == "add"
            before, after = ("", members) if added else (members, "")
        else:
            before, after = change
        rows.append((name.replace("_", " "), before or formatting.MISSING, after))
    return rows
