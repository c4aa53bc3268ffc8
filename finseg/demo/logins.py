"""The two logins of a demo: one investor with a history, one member of staff."""

import json
import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Permission

from accounts.models import User
from accounts.services import register_staff

INVESTOR = "investor@finseg.example"
STAFF = "staff@finseg.example"
EXPORTS = ("export_campaign", "export_exposure")


def create_logins(*, investor_number, file: Path):
    """Give the demo investor and a member of staff fresh passwords and write them down.

    The file is readable by its owner only. An existing file keeps its passwords.
    """
    known = read_logins(file) or {
        role: {"email": email, "password": secrets.token_urlsafe(9)}
        for role, email in (("investor", INVESTOR), ("staff", STAFF))
    }
    investor = User.objects.get(number=investor_number)
    if investor.email != known["investor"]["email"]:
        investor.email = known["investor"]["email"]
        investor.save(update_fields=["email"])
    staff = User.objects.filter(email=known["staff"]["email"]).first()
    if staff is None:
        staff = register_staff(**known["staff"])
    # Given to single people, not to all staff: here to the one who shows everything.
    staff.user_permissions.add(*Permission.objects.filter(codename__in=EXPORTS))
    for user, role in ((investor, "investor"), (staff, "staff")):
        # A new hash would sign out every open session: only where the password is another.
        if not user.check_password(known[role]["password"]):
            user.set_password(known[role]["password"])
            user.save(update_fields=["password"])
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(known, handle, indent=2)
    return known


def read_logins(file: Path):
    """The logins written down earlier, or None."""
    try:
        return json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
