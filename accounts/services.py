"""Writes about people: accounts, declared facts, risk scores, consent, the staff group."""

from datetime import timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_mongodb_backend import transaction

from accounts.domain.consent import (
    CURRENT_WORDING,
    CURRENT_WORDINGS,
    OFFERS,
    PROFILING,
    WORDINGS,
    Wording,
)
from accounts.domain.profile import profile_errors
from accounts.domain.questionnaire import QUESTIONNAIRE_VERSION, RiskResult, score_answers
from accounts.domain.sectors import SECTORS, sector_mask
from accounts.models import (
    ApiToken,
    ConsentEvent,
    Erasure,
    FormerAddress,
    InvestorProfile,
    Look,
    RiskAssessment,
    Role,
    User,
)
from accounts.sign_ins import addresses_of, records_of

STAFF_GROUP = "Bank staff"
SIGN_INS_KEPT = timedelta(days=180)
LINKS_KEPT = timedelta(days=7)
LOOKS_KEPT = timedelta(days=730)


class InvalidProfile(ValueError):
    """Declared facts that cannot be true; `errors` has a sentence per field."""

    def __init__(self, errors: dict[str, str]):
        self.errors = errors
        super().__init__(" ".join(errors.values()))


def register(*, email: str, password: str | None) -> User:
    """Create an investor with an empty profile."""
    user = User.objects.create_user(email, password)
    open_profile(user=user)
    return user


def register_staff(*, email: str, password: str | None) -> User:
    """Create a member of the bank's staff."""
    user = User.objects.create_user(email, password, role=Role.STAFF, is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=STAFF_GROUP)[0])
    return user


def open_profile(*, user: User) -> InvestorProfile:
    """Give an investor a profile to fill in; the one there is stays as it is."""
    return InvestorProfile.objects.get_or_create(
        user=user, defaults={"investor_number": user.number}
    )[0]


def change_role(*, user: User, role: str) -> None:
    """Make a user an investor or a member of staff; a profile and its history stay."""
    group = Group.objects.get_or_create(name=STAFF_GROUP)[0]
    user.role = Role(role)
    user.is_staff = user.role == Role.STAFF
    user.save(update_fields=["role", "is_staff"])
    if user.is_staff:
        user.groups.add(group)
    else:
        user.groups.remove(group)
        open_profile(user=user)


def update_profile(
    *,
    user: User,
    annual_income: Decimal | None,
    monthly_spending: Decimal | None,
    birth_year: int | None,
    horizon_years: int | None,
    sectors: list[str],
) -> None:
    """Store what an investor declares; with `InvalidProfile` nothing is stored."""
    errors = profile_errors(
        annual_income=annual_income,
        monthly_spending=monthly_spending,
        birth_year=birth_year,
        horizon_years=horizon_years,
        sectors=sectors,
        as_of_year=timezone.localdate().year,
    )
    if errors:
        raise InvalidProfile(errors)
    profile = open_profile(user=user)
    profile.annual_income = annual_income
    profile.monthly_spending = monthly_spending
    profile.birth_year = birth_year
    profile.horizon_years = horizon_years
    profile.sector_mask = sector_mask(sectors)
    profile.preferred_sectors = [sector for sector in SECTORS if sector in sectors]
    # Only these fields: a consent withdrawn meanwhile in another window must stay withdrawn.
    profile.save(
        update_fields=[
            "annual_income",
            "monthly_spending",
            "birth_year",
            "horizon_years",
            "sector_mask",
            "preferred_sectors",
            "changed_at",
        ]
    )


def submit_questionnaire(*, user: User, answers: list[int]) -> RiskResult:
    """Score a complete questionnaire, keep it, and make its score the current one."""
    result = score_answers(answers)
    profile = open_profile(user=user)
    with transaction.atomic():
        RiskAssessment.objects.create(
            user=user,
            questionnaire_version=QUESTIONNAIRE_VERSION,
            answers=list(answers),
            score=result.score,
            capacity=result.capacity,
            willingness=result.willingness,
        )
        profile.risk_answers = list(answers)
        profile.risk_score = result.score
        profile.risk_scored_at = timezone.now()
        profile.save(update_fields=["risk_answers", "risk_score", "risk_scored_at", "changed_at"])
    return result


def give_consent(*, user: User, wording_version: str = CURRENT_WORDING.version) -> bool:
    """Agree to what a wording that was shown asks for; False if agreed to already."""
    if wording_version not in WORDINGS:
        raise ValueError(f"No wording {wording_version!r} was ever shown.")
    return _record_consent(user, True, WORDINGS[wording_version])


def withdraw_consent(*, user: User, purpose: str = PROFILING) -> bool:
    """Say no to a purpose, at first or later; False if that was said already."""
    return _record_consent(user, False, CURRENT_WORDINGS[purpose])


_CONSENT_FIELDS = {PROFILING: "profiling_consent", OFFERS: "offers_consent"}


def _record_consent(user: User, granted: bool, wording: Wording) -> bool:
    open_profile(user=user)
    field = _CONSENT_FIELDS[wording.purpose]
    with transaction.atomic():
        # The condition lets one of two windows win, so that the history has no doubles.
        changed = InvestorProfile.objects.filter(user=user, **{field: not granted}).update(
            changed_at=timezone.now(), **{field: granted}
        )
        said = ConsentEvent.objects.filter(user=user, purpose=wording.purpose)
        first = not said.exists()
        if changed or first:
            ConsentEvent.objects.create(
                user=user,
                purpose=wording.purpose,
                granted=granted,
                wording_version=wording.version,
            )
    return bool(changed or first)


def grant_staff_group(*, app_label: str, view_only: bool = False) -> None:
    """Let bank staff see and change an app's data in the admin, but neither add nor delete.

    Permissions of the app's own making (publish a run, see personal data) are included, those to
    take lists of customers out of the house are not: they are given to single people. Safe
    to run again: a permission that is there already is left alone.
    """
    group = Group.objects.get_or_create(name=STAFF_GROUP)[0]
    offered = Permission.objects.filter(content_type__app_label=app_label)
    group.permissions.add(
        *(
            each
            for each in offered
            if (
                each.codename.startswith("view_")
                if view_only
                else not each.codename.startswith(("add_", "delete_", "export_"))
            )
        )
    )


def forget_expired() -> dict[str, int]:
    """Delete what is past its time: sessions, e-mail links, records of sign-ins.

    Returns
    -------
    dict of str to int
        How many of each were deleted.
    """
    now = timezone.now()
    long_ago = now - SIGN_INS_KEPT
    expired = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "e-mail links": EmailConfirmation.objects.filter(created__lt=now - LINKS_KEPT),
        "sign-ins": AccessLog.objects.filter(attempt_time__lt=long_ago),
        "failed sign-ins": AccessAttempt.objects.filter(attempt_time__lt=long_ago),
        "former addresses": FormerAddress.objects.filter(left_at__lt=long_ago),
        "looks of bank staff": Look.objects.filter(at__lt=now - LOOKS_KEPT),
    }
    return {name: queryset.delete()[0] for name, queryset in expired.items()}


def close_account(*, user: User) -> Erasure:
    """The first step of an erasure: nobody signs in any more, and the e-mail address is free.

    All of it happens or none. What the bank has to be able to prove, that consent was given and
    withdrawn, is kept under the customer number; everything else is deleted by the steps after. The
    addresses stay as former ones until the last of them, which finds records of sign-ins by them.
    """
    with transaction.atomic():
        InvestorProfile.objects.filter(user=user).update(
            **dict.fromkeys(_CONSENT_FIELDS.values(), False), changed_at=timezone.now()
        )
        decisions = ConsentEvent.objects.filter(user=user)
        erasure, _ = Erasure.objects.get_or_create(
            number=user.number,
            defaults={
                "requested_at": timezone.now(),
                "decisions": [
                    {
                        "purpose": each.purpose,
                        "granted": each.granted,
                        "wording": each.wording_version,
                        "at": each.at.isoformat(timespec="seconds"),
                    }
                    for each in decisions
                ],
            },
        )
        for address in addresses_of(user) - {user.email.lower()}:
            FormerAddress.objects.create(user=user, address=address, left_at=timezone.now())
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        ApiToken.objects.filter(user=user).delete()
        user.email = f"erased-{user.number}@erased.invalid"
        user.is_active = False
        user.set_unusable_password()
        user.save(update_fields=["email", "is_active", "password"])
    return erasure


def erase_customer(*, user: User) -> dict[str, int]:
    """The last step: delete the person. The audit trail keeps what staff did, by number alone.

    Returns
    -------
    dict of str to int
        How many documents of each kind were deleted.
    """
    keys = [user.pk]
    for model in (InvestorProfile, ConsentEvent):
        keys += model.objects.filter(user=user).values_list("pk", flat=True)
    entries = LogEntry.objects.filter(object_pk__in=[str(key) for key in keys])
    entries.update(changes={}, changes_text="")
    sign_ins = [
        records_of(model, user).delete()[0]
        for model in (AccessAttempt, AccessLog, AccessFailureLog)
    ]
    return {
        "sign-ins": sum(sign_ins),
        # After what is found by them.
        "former addresses": FormerAddress.objects.filter(user=user).delete()[0],
        "questionnaires": RiskAssessment.objects.filter(user=user).delete()[0],
        "consents": ConsentEvent.objects.filter(user=user).delete()[0],
        "looks of bank staff": Look.objects.filter(number=user.number).delete()[0],
        "profile": InvestorProfile.objects.filter(user=user).delete()[0],
        "account": User.objects.filter(pk=user.pk).delete()[0],
    }


def unfinished_erasures() -> list[int]:
    """Customer numbers whose erasure was begun and cut short."""
    return list(Erasure.objects.filter(finished_at=None).values_list("number", flat=True))


def finish_erasure(*, number: int, deleted: dict) -> None:
    """Note that nothing about a person is left, and how much was deleted."""
    unfinished = Erasure.objects.filter(number=number, finished_at=None)
    unfinished.update(finished_at=timezone.now(), deleted=deleted)
