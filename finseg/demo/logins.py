"""The two logins of a demo: one investor with a history, one member of staff."""

import json
import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group

from accounts.models import Role, User

INVESTOR = "investor@finseg.example"
STAFF = "staff@finseg.example"
STAFF_GROUP = "Bank staff"


def create_logins(*, investor_number, file: Path):
    """Give the demo investor and a member of staff fresh passwords and write them down.

    The file is readable by its owner only. An existing file keeps its passwords.
    """
    known = read_logins(file) or {
        role: {"email": email, "password": secrets.token_urlsafe(9)}
        for role, email in (("investor", INVESTOR), ("staff", STAFF))
    }
    investor = User.objects.get(number=investor_number)
    investor.email = known["investor"]["email"]
    investor.set_password(known["investor"]["password"])
    investor.save()
    staff = User.objects.filter(email=known["staff"]["email"]).first()
    if staff is None:
        staff = User.objects.create_user(known["staff"]["email"], role=Role.STAFF, is_staff=True)
    staff.set_password(known["staff"]["password"])
    staff.save()
    staff.groups.add(Group.objects.get_or_create(name=STAFF_GROUP)[0])
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
