"""Where effort may pay: segments ranked, and the customers who went quiet."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from accounts.audit import record, record_look
from accounts.permissions import may_see_personal_data, staff_required
from segmentation import ranking as reads
from segmentation.domain import quiet as rule
from segmentation.domain.overview import may_show
from segmentation.forms import QuietForm, RankingForm
from segmentation.models import Customer
from segmentation.queries import published_run, segments_of
from segmentation.services.claims import publication
from segmentation.tasks import rank_segments
from segmentation.views.advisers import adviser_required
from segmentation.views.overview import may_retrain

SEEN = "A list of customers who took money out or stopped trading"


@staff_required
@require_safe
def ranking(request):
    """Segments in order: aggregates alone, those of a few customers only for who may see them."""
    form = RankingForm(request.GET)
    if not form.is_valid():
        return HttpResponse("Segments are not ranked that way: the choice is unknown.", status=400)
    page = reads.ranking_page(**form.cleaned_data)
    if not may_see_personal_data(request.user):
        page["rows"] = [row for row in page["rows"] if may_show(row.segment.customers)]
    return render(request, "segmentation/ranking/page.html", page | {"rule": rule})


@staff_required
@may_retrain
@require_POST
def measure(request):
    """Queue a measurement of the published run."""
    try:
        rank_segments.delay()
    except OperationalError:
        messages.error(request, "The job queue does not answer. Nothing was started.")
    else:
        record(actor=request.user, about=publication(), note="Asked for segments to be ranked")
        messages.success(request, "Segments are being measured; load this page again in a minute.")
    return redirect("segmentation:ranking")


@adviser_required
@require_safe
def quiet(request):
    """One page of quiet customers; the look at them is put on record."""
    form = QuietForm(request.GET)
    if not form.is_valid():
        return HttpResponse("These customers cannot be listed: the filter is unknown.", status=400)
    asked = form.cleaned_data
    rows, more = reads.quiet_page(**asked)
    if rows:
        said = ", ".join(f"{name} {asked[name]}" for name in ("segment", "kind") if asked[name])
        record_look(
            actor=request.user,
            about=ContentType.objects.get_for_model(Customer),
            title="list of quiet customers",
            note=f"Looked at quiet customers ({said or 'all'}), page {asked['page']}",
            numbers=[each.number for each in rows],
            what=SEEN,
        )
    run = published_run()
    segments = segments_of(run) if run else []
    names = {each.key: each.name for each in segments}
    words = {name: value for name, value in asked.items() if value and name != "page"}
    return render(
        request,
        "segmentation/ranking/quiet.html",
        {
            "rows": [(each, names.get(each.segment_key, "")) for each in rows],
            "more": more,
            "asked": asked,
            "segments": segments,
            "chosen": names.get(asked["segment"], ""),
            "kinds": rule.KINDS,
            "rule": rule,
            "query": urlencode(words),
        },
    )
