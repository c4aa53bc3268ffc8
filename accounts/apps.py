from django.apps import AppConfig
from django.db.models.signals import post_migrate

OWN_APPS = {
    "accounts",
    "finseg",
    "market",
    "portfolios",
    "recommendations",
    "segmentation",
    "sip",
}
VIEWED_APPS = {"auditlog", "axes"}


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django_mongodb_backend.fields.ObjectIdAutoField"

    def ready(self):
        from accounts import audit

        audit.register()
        post_migrate.connect(grant_to_staff, dispatch_uid="accounts.grant_to_staff")


def grant_to_staff(sender, **kwargs):
    """After each app's permissions are made, give bank staff theirs."""
    from accounts.services import grant_staff_group

    if sender.label in OWN_APPS | VIEWED_APPS:
        grant_staff_group(app_label=sender.label, view_only=sender.label in VIEWED_APPS)
