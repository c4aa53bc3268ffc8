"""finseg itself as an app, and third-party apps with the primary key MongoDB wants."""

from allauth.account.apps import AccountConfig
from allauth.mfa.apps import MFAConfig
from auditlog.apps import AuditlogConfig
from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.apps import AuthConfig
from django.contrib.contenttypes.apps import ContentTypesConfig

OBJECT_ID = "django_mongodb_backend.fields.ObjectIdAutoField"


class FinsegConfig(AppConfig):
    name = "finseg"
    verbose_name = "Operations"
    default_auto_field = OBJECT_ID

    def ready(self):
        # Makes it the application that tasks are queued through, in every process.
        import finseg.celery

        # Connects the signals that record every background job.
        import finseg.jobs  # noqa: F401
        from finseg.staff import record

        record.register()


class MongoAdminConfig(AdminConfig):
    default_auto_field = OBJECT_ID


class MongoAuthConfig(AuthConfig):
    default_auto_field = OBJECT_ID


class MongoContentTypesConfig(ContentTypesConfig):
    default_auto_field = OBJECT_ID


class MongoAccountConfig(AccountConfig):
    default_auto_field = OBJECT_ID


class MongoMFAConfig(MFAConfig):
    default_auto_field = OBJECT_ID


class MongoAxesConfig(AxesConfig):
    default_auto_field = OBJECT_ID


class MongoAuditlogConfig(AuditlogConfig):
    default_auto_field = OBJECT_ID
