"""The explorer: staff cut through single customers, compare segments, and keep filters."""

import json

from bson import ObjectId
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.audit import record_look
from accounts.permissions import (
    PERSONAL_DATA,
    may_see_personal_data,
    require,
    staff_required,
)
from segmentation import explorer, queries
from segmentation.domain.measures import MEASURES
from segmentation.domain.overview import may_show
from segmentation.domain.ribbons import HEIGHT, WIDTH, ribbons
from segmentation.domain.segment import segment_colours
from segmentation.forms import FlowsForm, NameFilterForm, SaveFilterForm
from segmentation.models import Customer, RunStatus, SavedFilter
from segmentation.services.filters import SaveRefused, change_filter, delete_filter, save_filter


@staff_required
@require_GET
def page(request):
    """The whole page; single customers come apart from it, and are put on record there."""
    run = queries.published_run()
    context: dict = {
        "run": run,
        "personal": may_see_personal_data(request.user),
        "measures": MEASURES,
    }
    if run is not None:
        context |= {
            "cards": [
                card
                for card in explorer.cards(run)
                if context["personal"] or may_show(card.segment.customers)
            ],
            "saved": _saved(request.user),
            "most": explorer.MOST_CUSTOMERS,
        }
    return render(request, "segmentation/explorer.html", context)


@staff_required
@require_GET
def columns(request):
    """Single customers as packed columns: at most as many as one page draws.

    Nothing of it may be kept on the device. A page that has it names its ETag, and is told in
    a few bytes where nothing has changed.
    """
    require(request.user, PERSONAL_DATA)
    made = explorer.picture()
    if made is None:
        words = "No run is published that was built on the features measured now."
        return HttpResponse(words, status=404, content_type="text/plain")
    record_look(
        actor=request.user,
        about=ContentType.objects.get_for_model(Customer),
        title="explorer of customers",
        note=f"Opened the explorer of run {made.run}: the figures of {made.customers} customers",
    )
    if request.headers.get("If-None-Match") == made.etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(made.body, content_type="application/octet-stream")
        response["Content-Encoding"] = "gzip"
    response["ETag"] = made.etag
    response["Cache-Control"] = "private, no-store"
    return response


@staff_required
@require_GET
def customer(request, number):
    """Lead from a point or a row to the staff page of that customer."""
    require(request.user, PERSONAL_DATA)
    found = queries.customer_of(number)
    if found is None:
        raise Http404(f"C-{number} is not profiled.")
    return redirect("admin:segmentation_customer_change", found.pk)


@staff_required
@require_GET
def flows(request):
    """How customers moved between two runs."""
    form = FlowsForm(request.GET)
    if not form.is_valid():
        return HttpResponse("These runs cannot be compared: the numbers are not known.", status=400)
    context = _flows(**form.cleaned_data)
    if not may_see_personal_data(request.user):
        for name in ("before", "after", "bands"):
            shown = [row for row in context.get(name, ()) if may_show(row[0].customers)]
            context["few"] = context.get("few", False) or len(shown) < len(context.get(name, ()))
            context[name] = shown
    return render(request, "segmentation/explorer/_flows.html", context)


@staff_required
@require_POST
def save(request):
    """Keep the filter in front of one under a name."""
    form = SaveFilterForm(request.POST)
    if not form.is_valid():
        return _refused(request, _first(form, "Nothing was saved."))
    asked = form.cleaned_data
    try:
        saved = save_filter(
            by=request.user, name=asked["name"], chosen=asked["document"], shared=asked["shared"]
        )
    except SaveRefused as refusal:
        return _refused(request, str(refusal))
    return _list(request, f"“{saved.name}” is saved.")


@staff_required
@require_POST
def change(request, pk):
    """Rename one's own filter, or share it."""
    saved = _own(request, pk)
    form = NameFilterForm(request.POST)
    if not form.is_valid():
        return _refused(request, _first(form, "Nothing was changed."))
    try:
        change_filter(saved=saved, by=request.user, **form.cleaned_data)
    except SaveRefused as refusal:
        return _refused(request, str(refusal))
    return _list(request, f"“{saved.name}” is changed.")


@staff_required
@require_POST
def delete(request, pk):
    """Forget one's own filter."""
    saved = _own(request, pk)
    delete_filter(saved=saved, by=request.user)
    return _list(request, f"“{saved.name}” is deleted.")


def _own(request, pk):
    if not ObjectId.is_valid(pk):
        raise Http404("There is no such filter.")
    return get_object_or_404(SavedFilter, owner=request.user, pk=ObjectId(pk))


def _first(form, what_happened) -> str:
    sentence = next(iter(form.errors.values()))[0]
    return f"{sentence} {what_happened}"


def _refused(request, sentence):
    context = {"saved": _saved(request.user), "problem": sentence}
    return render(request, "segmentation/explorer/_saved.html", context, status=422)


def _list(request, said):
    context = {"saved": _saved(request.user), "said": said}
    return render(request, "segmentation/explorer/_saved.html", context)


def _saved(user) -> list[dict]:
    return [
        {"filter": each, "own": each.owner_id == user.pk, "document": json.dumps(each.document)}
        for each in explorer.saved_filters(user)
    ]


def _flows(former, later) -> dict:
    """The two runs asked for, else the published one and the one before it."""
    ready = [run for run in queries.runs() if run.status == RunStatus.READY]
    published = queries.published_run()
    numbers = {run.number: run for run in ready}
    end = numbers.get(later) or numbers.get(published.number if published else None)
    earlier = [run for run in ready if end is not None and run.number < end.number]
    start = numbers.get(former) or next(iter(earlier), None)
    context: dict = {"ready": ready, "former": start, "later": end}
    if start is None or end is None or start.number == end.number:
        return context
    moved = queries.flows_between(start, end)
    before, after, bands = ribbons(moved)
    former_ones, later_ones = queries.segments_of(start), queries.segments_of(end)
    now = {each.key: (each.name, each.colour) for each in later_ones}
    # One that has gone since takes no colour of those that are there, or it would seem to stay.
    colours = segment_colours(
        [each.key for each in former_ones], {key: colour for key, (_, colour) in now.items()}
    )
    then = {each.key: (each.name, colours[each.key]) for each in former_ones}
    return context | {
        "moved": moved,
        "movers": moved.movers,
        "before": [(bar, *_called(bar.key, then, "Joined since")) for bar in before],
        "after": [(bar, *_called(bar.key, now, "Left since")) for bar in after],
        "bands": [
            (
                band,
                *_called(band.former, then, "Joined since"),
                _called(band.later, now, "Left since")[0],
            )
            for band in bands
        ],
        "width": WIDTH,
        "height": HEIGHT,
    }


def _called(key, names, otherwise) -> tuple[str, int]:
    return names.get(key, (key, 9)) if key is not None else (otherwise, 9)
