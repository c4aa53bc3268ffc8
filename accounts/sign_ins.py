"""Whose a record of a sign-in is: axes writes the address that was typed, and no user."""

from functools import reduce
from operator import or_

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import FormerAddress, User


def records_of(model, user):
    """Records of sign-ins under any address of a user, from the time when it was theirs.

    An address given up may be another user's by now, or have been one's before: what was typed
    until somebody gave it up is theirs, what came later is the next one's.

    Parameters
    ----------
    model : type
        One of the models of axes.
    user : User

    Returns
    -------
    QuerySet
    """
    held = [(address, None) for address in addresses_of(user)]
    held += FormerAddress.objects.filter(user=user).values_list("address", "left_at")
    addresses = {address for address, _ in held}
    passed_on = User.objects.filter(email__in=addresses).exclude(pk=user.pk)
    others_now = set(passed_on.values_list("email", flat=True))
    others_left = list(
        FormerAddress.objects.filter(address__in=addresses)
        .exclude(user=user)
        .values_list("address", "left_at")
    )
    parts = []
    for address, until in held:
        left = [moment for name, moment in others_left if name == address]
        before = [moment for moment in left if until is None or moment < until]
        part = Q(username=address)
        if before:
            part &= Q(attempt_time__gt=max(before))
        if until and (address in others_now or len(before) < len(left)):
            part &= Q(attempt_time__lte=until)
        parts.append(part)
    return model.objects.filter(reduce(or_, parts))


def addresses_of(user) -> set[str]:
    """The addresses that are a user's now, in small letters."""
    # One that is not confirmed may be somebody else's.
    confirmed = EmailAddress.objects.filter(user=user, verified=True)
    return {
        user.email.lower(),
        *(each.lower() for each in confirmed.values_list("email", flat=True)),
    }
