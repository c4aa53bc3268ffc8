"""Pages of one's own privacy: who looked, take everything along, erase the account."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.permissions import investor_required, rate_limited
from accounts.queries import looks_at, profile_of
from finseg import privacy
from finseg.exporting import chunks, write_export


@investor_required
@require_safe
def overview(request):
    """Consent, who of the bank looked at one's data, and the ways to take or erase it."""
    return render(
        request,
        "accounts/privacy.html",
        {"profile": profile_of(request.user), "looks": looks_at(request.user)},
    )


@investor_required
@reauthentication_required
@never_cache
@require_safe
def data(request):
    """Download or erase, once one has signed in anew."""
    return render(request, "accounts/privacy_data.html")


@investor_required
@reauthentication_required
@require_POST
@rate_limited("export", limit=5, seconds=3600)
def export(request):
    """Everything held about the user, as a ZIP that is sent piece by piece."""
    user, now = request.user, timezone.now()
    file = write_export(privacy.personal_data(user), number=user.number, at=now)
    name = f"finseg-C-{user.number}-{timezone.localdate():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        chunks(file),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            # Compressed, each piece would be a gzip file of its own, of which browsers read one.
            "Content-Encoding": "identity",
        },
    )


@investor_required
@reauthentication_required
@require_POST
@rate_limited("erase", limit=10, seconds=3600)
def erase(request):
    """Erase the account, if its number was typed."""
    user = request.user
    if request.POST.get("typed", "").strip().upper() != user.customer_number:
        messages.error(
            request, f"You did not type {user.customer_number}. Nothing was erased or changed."
        )
        return redirect("privacy_data")
    services.close_account(user=user)
    logout(request)
    done = privacy.erase(user.number)
    return render(request, "accounts/erased.html", {"done": done, "number": user.customer_number})
