"""Collects the staff admin (`finseg.staff`); Django finds this module by its name.

The staff admin joins every app on its pages, so it is put together here, above all of them,
and apps need to know nothing about it.
"""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group

# Pages of these that come with their packages: replaced by finseg's own, or of no use to staff.
for model in (
    AccessAttempt,
    AccessAttemptExpiration,
    AccessFailureLog,
    AccessLog,
    Authenticator,
    EmailAddress,
    EmailConfirmation,
    Group,
    LogEntry,
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

from finseg.staff import (  # noqa: E402, F401
    advice,
    audit,
    customers,
    instruments,
    jobs,
    people,
    portfolios,
    segments,
)
