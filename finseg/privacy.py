"""A customer's data as a whole: what every app keeps of it, and how all of it is erased.

Apps do not know each other; each has its own `personal_data_of` and `erase_customer`. Here they are
put together. A model with a customer in it that no part names fails tests/privacy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from celery import shared_task

import accounts.queries
import accounts.services
import portfolios.queries
import portfolios.services
import recommendations.queries
import recommendations.services
import segmentation.people
import segmentation.services.freshness
import sip.queries
import sip.services
from accounts.models import User
from segmentation.services import Busy


@dataclass(frozen=True)
class Part:
    """One app's share.

    Attributes
    ----------
    app : str
    read : callable
        Tables of plain rows about a user.
    erase : callable
        Deletes them and counts; safe to repeat.
    models : tuple of str
        Labels of the models it answers for.
    """

    app: str
    read: Callable
    erase: Callable
    models: tuple[str, ...]


# From the highest app down: what is derived goes before what it was derived from, the person last.
PARTS = (
    Part(
        "recommendations",
        recommendations.queries.personal_data_of,
        recommendations.services.erase_customer,
        ("recommendations.RecommendationSet", "recommendations.Feedback"),
    ),
    Part("sip", sip.queries.personal_data_of, sip.services.erase_customer, ("sip.SipPlan",)),
    Part(
        "segmentation",
        segmentation.people.personal_data_of,
        segmentation.services.freshness.erase_customer,
        (
            "segmentation.Customer",
            "segmentation.MembershipBlock",
            "segmentation.RiskCase",
            "segmentation.TrainedPlace",
            "segmentation.QuietCustomer",
        ),
    ),
    Part(
        "portfolios",
        portfolios.queries.personal_data_of,
        portfolios.services.erase_customer,
        (
            "portfolios.Portfolio",
            "portfolios.Transaction",
            "portfolios.LedgerChange",
            "portfolios.ImportBatch",
            "portfolios.ImportMapping",
            "portfolios.PeriodRoll",
            "portfolios.HoldingBlock",
        ),
    ),
    Part(
        "accounts",
        accounts.queries.personal_data_of,
        accounts.services.erase_customer,
        (
            "accounts.User",
            "accounts.FormerAddress",
            "accounts.InvestorProfile",
            "accounts.RiskAssessment",
            "accounts.ConsentEvent",
            "accounts.Look",
            "accounts.ApiToken",
            "account.EmailAddress",
            "account.EmailConfirmation",
            "mfa.Authenticator",
            "axes.AccessAttempt",
            "axes.AccessLog",
            "axes.AccessFailureLog",
        ),
    ),
)

KEPT = {
    "accounts.Erasure": "proof of consent and erasure, by number alone",
    "auditlog.LogEntry": "what staff did, by number alone; former values are blanked",
    "admin.LogEntry": "written for staff only",
    "finseg.JobRun": "started by staff only",
    "segmentation.SegmentationRun": "its number is the run's; asked for by staff only",
    "segmentation.Publication": "published by staff only",
    "segmentation.SavedFilter": "kept by staff only; names no customer",
    "segmentation.Campaign": "who of the staff took a list out; the list is not kept",
}
"""Models that stay although they name a user or a number, each with the reason."""


def personal_data(user) -> dict[str, list[dict]]:
    """Everything held about a user, table by table, the person first."""
    tables: dict[str, list[dict]] = {}
    for part in reversed(PARTS):
        tables |= part.read(user)
    return tables


def erase(number: int) -> bool:
    """Erase a customer whose account was closed; safe to repeat from wherever it was cut short.

    An account that somebody made active again meanwhile is erased all the same: its owner asked
    for it, and was told that nobody can bring it back.

    Returns
    -------
    bool
        False where another worker assigns customers just now: the next try finishes it.
    """
    user = User.objects.filter(number=number).first()
    deleted: dict[str, int] = {}
    if user is not None:
        try:
            for part in PARTS:
                deleted |= part.erase(user=user)
        except Busy:
            return False
    if User.objects.filter(number=number).exists():
        return False
    accounts.services.finish_erasure(number=number, deleted=deleted)
    return True


@shared_task
def finish_erasures() -> int:
    """Finish erasures that a killed process or a busy moment left; returns how many."""
    return sum(erase(number) for number in accounts.services.unfinished_erasures())
