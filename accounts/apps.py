from django.apps import AppConfig
from django.conf import settings
from django.core import checks
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
        checks.register(check_mail, checks.Tags.security, deploy=True)
        post_migrate.connect(grant_to_staff, dispatch_uid="accounts.grant_to_staff")


def grant_to_staff(sender, **kwargs):
    """After each app's permissions are made, give bank staff theirs."""
    from accounts.services import grant_staff_group

    if sender.label in OWN_APPS | VIEWED_APPS:
        grant_staff_group(app_label=sender.label, view_only=sender.label in VIEWED_APPS)


def check_mail(app_configs, **kwargs):
    """A deployment that prints its mails to the log prints links that reset passwords."""
    if settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend":
        return []
    return [
        checks.Warning(
            "Mails are printed to the log, links that reset passwords among them.",
            hint="Set EMAIL_URL.",
            id="accounts.W001",
        )
    ]
