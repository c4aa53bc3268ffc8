"""Lists of customers for a campaign: choose, see who is left out, export, and look back."""

import json

from asgiref.sync import sync_to_async
from bson import ObjectId
from bson.errors import InvalidId
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import PERSONAL_DATA, permission_needed, rate_limited
from segmentation import campaigns as reads
from segmentation.domain.campaigns import CONSENT_WORDS, PRESET, PURPOSES
from segmentation.domain.filters import CustomerFilter, FilterRefused
from segmentation.forms import CampaignForm
from segmentation.models import Campaign
from segmentation.queries import published_run, segments_of
from segmentation.services.campaigns import CampaignRefused, begin_campaign, campaign_file

EXPORT = "segmentation.export_campaign"


# Bank staff who may both see personal data and take lists of customers out.
campaigner_required = permission_needed(PERSONAL_DATA, EXPORT)


@campaigner_required
@require_safe
def campaigns(request):
    """The lists made before, newest first."""
    page = request.GET.get("page", "1")
    number = int(page) if page.isdecimal() and len(page) <= 3 else 1
    number = number if 0 < number <= 400 else 1
    rows, more = reads.campaigns(number)
    return render(
        request,
        "segmentation/campaigns/list.html",
        {
            "rows": [(each, PURPOSES.get(each.purpose), _words(each.document)) for each in rows],
            "more": more,
            "page": number,
        },
    )


@campaigner_required
@rate_limited("campaign-preview", limit=60)
@require_http_methods(["GET", "POST"])
def new(request):
    """The choice, and with a POST how many customers it reaches."""
    segments = _segments()
    if request.method == "GET":
        form = CampaignForm(initial=_initial(request.GET), segments=segments)
        return _page(request, form, segments)
    form = CampaignForm(request.POST, segments=segments)
    if not form.is_valid():
        return _page(request, form, segments, status=422)
    purpose = PURPOSES[form.cleaned_data["purpose"]]
    found = reads.audience(form.cleaned_data["filter"], purpose)
    return _page(request, form, segments, audience=found, purpose=purpose)


@campaigner_required
@rate_limited("campaign-export", limit=10)
@require_POST
def export(request):
    """The file, streamed; it is on record before the first line is sent."""
    segments = _segments()
    form = CampaignForm(request.POST, segments=segments)
    if not form.is_valid():
        return _page(request, form, segments, status=422)
    asked = form.cleaned_data
    try:
        campaign, reached = begin_campaign(
            by=request.user,
            chosen=asked["filter"],
            purpose=asked["purpose"],
            columns=asked["columns"],
            note=asked["note"],
        )
    except CampaignRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, segments, status=422)
    pieces = campaign_file(campaign, reached)
    # A server that speaks ASGI would gather a plain iterator whole before it sends anything.
    streamed = _one_by_one(pieces) if hasattr(request, "scope") else pieces
    answer = StreamingHttpResponse(streamed, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{campaign.file_name}"'
    answer["Cache-Control"] = "no-store"
    # Compressed, each piece would be a gzip file of its own, and browsers read the first alone.
    answer["Content-Encoding"] = "identity"
    return answer


async def _one_by_one(pieces):
    """Pieces of a file made in a thread, each when the one before is on its way."""
    step = sync_to_async(next)
    try:
        while (piece := await step(pieces, None)) is not None:
            yield piece
    finally:
        await sync_to_async(pieces.close)()


def _segments():
    run = published_run()
    return segments_of(run) if run else []


def _initial(asked) -> dict:
    """What a link fills the form with: a former list, a filter or a segment."""
    if former := _former(asked.get("repeat", "")):
        return {
            **CampaignForm.initial_of(former.document),
            "purpose": former.purpose,
            "columns": former.fields,
            "note": former.note,
        }
    document = {"segments": [asked["segment"]]} if asked.get("segment") else {}
    try:
        document = json.loads(asked["filter"]) if asked.get("filter") else document
        known = CustomerFilter.from_document(document).to_document()
    except (ValueError, RecursionError, FilterRefused):
        known = {}
    return {**CampaignForm.initial_of(known), "columns": list(PRESET)}


def _former(key):
    try:
        return Campaign.objects.filter(pk=ObjectId(key)).first()
    except (InvalidId, TypeError):
        return None


def _page(request, form, segments, *, audience=None, purpose=None, status=200):
    context = {"form": form, "segments": segments, "audience": audience, "purpose": purpose}
    if purpose is not None:
        context["consent"] = CONSENT_WORDS[purpose.consent]
    return render(request, "segmentation/campaigns/new.html", context, status=status)


def _words(document) -> str:
    """A stored filter in a few words."""
    said = [
        f"{name}: {', '.join(str(each) for each in document[name])}"
        for name in ("segments", "tiers", "risks", "stated")
        if document.get(name)
    ]
    if sectors := document.get("sectors"):
        said.append(f"{len(sectors)} sectors")
    if ranges := document.get("ranges"):
        said.append(f"ranges of {', '.join(key.replace('_', ' ') for key in ranges)}")
    return "; ".join(said) or "everyone"
