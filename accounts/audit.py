"""What the audit trail keeps about people: the changes that bank staff make, and by whom."""

from auditlog.context import auditlog_value
from auditlog.registry import auditlog
from auditlog.signals import pre_log

from accounts.models import ConsentEvent, InvestorProfile, User


def register():
    """Name the audited fields. Passwords and sign-in times are not among them."""
    auditlog.register(
        User,
        include_fields=["email", "role", "is_active", "is_staff", "is_superuser"],
        mask_fields=["email"],
        m2m_fields={"groups", "user_permissions"},
    )
    auditlog.register(
        InvestorProfile,
        include_fields=["birth_year", "horizon_years", "sector_mask", "profiling_consent"],
    )
    auditlog.register(ConsentEvent)
    for model in (User, InvestorProfile, ConsentEvent):
        pre_log.connect(only_by_staff, sender=model, dispatch_uid=f"accounts.audit.{model}")


def only_by_staff(sender, **kwargs):
    """Keep investors' changes to their own data out of the trail: consent has its history."""
    actor = auditlog_value.get({}).get("actor")
    return bool(actor and actor.is_staff)
