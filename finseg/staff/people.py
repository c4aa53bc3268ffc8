"""Accounts of people: staff lock and unlock investors, superusers give roles; all on record."""

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Q
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounts.models import ConsentEvent, FormerAddress, Role, User
from accounts.services import change_role
from finseg import formatting
from finseg.staff import base
from finseg.staff.customers import CUSTOMER_NUMBER

FOR_SUPERUSERS = ("role", "is_superuser", "groups")


@admin.register(User)
class UserAdmin(base.PersonalAdmin, base.StaffAdmin):
    list_display = ("shown_number", "work_email", "role", "is_active", "joined")
    sortable_by = ("shown_number",)
    ordering = ("-number",)
    list_filter = (("role", ChoicesDropdownFilter),)
    search_fields = ("number", "email")
    search_help_text = "A customer number (C-10367), or the beginning of an e-mail address"
    page_seen = "Your account: e-mail address, and when you signed in"
    fields = ("email", "number", "date_joined", "last_login", "is_active", *FOR_SUPERUSERS)
    readonly_fields = ("email", "number", "date_joined", "last_login")

    joined = base.moment("date_joined", "Joined")

    # Not "customer": a column of that name would follow the relation, one query a row.
    @display(description="Number", ordering="number")
    def shown_number(self, row):
        return row.customer_number

    @display(description="E-mail address")
    def work_email(self, row):
        # An investor's stands on the page behind, where each look is put on record.
        return row.email if row.is_staff else formatting.MISSING

    def get_search_results(self, request, queryset, search_term):
        if found := CUSTOMER_NUMBER.fullmatch(search_term):
            return queryset.filter(number=int(found[1])), False
        start = search_term.strip().lower()
        if not start:
            return queryset, False
        return queryset.filter(Q(email__gte=start), Q(email__lt=start + "\uffff")), False

    def get_readonly_fields(self, request, obj=None):
        if request.user.is_superuser and obj != request.user:
            return self.readonly_fields
        return (*self.readonly_fields, *FOR_SUPERUSERS)

    def numbers_of(self, rows):
        return [row.number for row in rows if not row.is_staff]

    def has_change_permission(self, request, obj=None):
        if not super().has_change_permission(request, obj) or obj == request.user:
            return False
        return request.user.is_superuser or obj is None or not (obj.is_staff or obj.is_superuser)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if "role" in form.changed_data:
            # The service keeps staff status, group and profile in step with the role.
            change_role(user=obj, role=form.cleaned_data["role"])
        fields = [name for name in ("is_active", "is_superuser") if name in form.changed_data]
        if fields:
            obj.save(update_fields=fields)

    def save_related(self, request, form, formsets, change):
        # A role brings its group along; saving the form's idea of groups would undo that.
        if "groups" in form.changed_data and "role" not in form.changed_data:
            super().save_related(request, form, formsets, change)


@admin.register(ConsentEvent)
class ConsentAdmin(base.PersonalAdmin, base.ReadOnlyAdmin):
    list_display = ("customer", "purpose", "granted", "wording_version", "decided")
    sortable_by = ()
    ordering = ("-pk",)
    list_fetched = {"user": ("number",)}
    fields = ("purpose", "granted", "wording_version", "at")

    decided = base.moment("at", "Decided")

    def numbers_of(self, rows):
        return [row.user.number for row in rows]

    @display(description="Customer")
    def customer(self, row):
        return row.user.customer_number


@admin.register(AccessAttempt)
class FailedSignInAdmin(base.PersonalAdmin, base.ReadOnlyAdmin):
    list_display = ("last", "username", "ip_address", "failures_since_start")
    sortable_by = ()
    ordering = ("-attempt_time",)
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")

    last = base.moment("attempt_time", "Last attempt")

    def numbers_of(self, rows):
        # An attempt names the address that was typed, which may be a customer's, or have been.
        typed = {row.username for row in rows} - {None}
        former = FormerAddress.objects.filter(address__in=typed).values_list("user_id", flat=True)
        named = Q(email__in=typed) | Q(pk__in=list(former))
        found = User.objects.filter(named, role=Role.INVESTOR)
        return list(found.values_list("number", flat=True))


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """What a group may do: for superusers, whatever permissions others hold."""

    actions = None
    filter_horizontal = ()

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser
