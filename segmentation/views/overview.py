"""The segments page: the aggregate picture for all, members and runs for staff."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError

from accounts.audit import record, record_look
from accounts.domain.sectors import SECTORS
from accounts.permissions import may_see_personal_data, permission_needed, staff_required
from accounts.queries import profile_count, profile_of
from segmentation import people, queries
from segmentation.domain.features import BLOCKS, main_features
from segmentation.domain.overview import (
    chart_data,
    feature_rows,
    tier_cards,
    told_to_all,
    whole_sums,
)
from segmentation.domain.risk import PARTS
from segmentation.forms import MembersForm, RebuildForm
from segmentation.judgement import standing
from segmentation.models import Customer, RunStatus, SegmentationRun
from segmentation.services import Busy, CannotPublish, publish_run
from segmentation.services.claims import publication
from segmentation.tasks import retrain_segments

may_retrain = permission_needed("segmentation.change_segmentationrun")
may_publish = permission_needed("segmentation.change_publication")


@login_required
@require_GET
def segments(request):
    """The whole page."""
    context = _overview(request.user)
    if context["run"] is not None:
        context["chart"] = _charts(context["run"], request.user)
    if request.user.is_staff:
        context["building"] = _building(request)
    return render(request, "segmentation/segments.html", context)


@login_required
@require_GET
def summary(request):
    """The part above the charts, asked for again when the picture changed."""
    return render(request, "segmentation/_summary.html", _overview(request.user))


@login_required
@require_GET
def picture(request):
    """Data of the charts, asked for again when the picture changed."""
    run = queries.published_run()
    if run is None:
        return JsonResponse({"detail": "No run is published."}, status=404)
    return JsonResponse(_charts(run, request.user))


@staff_required
@require_GET
def members(request):
    """One page of members, by the filter of the charts; each look is put on record."""
    if not may_see_personal_data(request.user):
        return render(request, "segmentation/_members.html", {"refused": True}, status=403)
    form = MembersForm(request.GET)
    run = queries.published_run()
    if run is None or not form.is_valid():
        return HttpResponse("These members cannot be listed: the filter is not known.", status=400)
    asked = form.cleaned_data
    rows = queries.members(**asked)
    filters = {name: asked[name] for name in ("tier", "segment", "risk")}
    if asked["sector"] is not None:
        filters["sector"] = SECTORS[asked["sector"]]
    chosen = ", ".join(f"{name} {value}" for name, value in filters.items() if value)
    record_look(
        actor=request.user,
        about=ContentType.objects.get_for_model(Customer),
        title=f"members of segments, run {run.number}",
        note=f"Looked at members ({chosen or 'all'}), page {asked['page']}",
        numbers=[row.number for row in rows[: queries.MEMBERS_A_PAGE]],
        what="A list of customers with their portfolio, income and risk",
    )
    return render(request, "segmentation/_members.html", _members_table(asked, rows))


@staff_required
@require_GET
def build(request):
    """How the build goes, or what it made: asked for every second while one runs."""
    return render(request, "segmentation/_build.html", {"building": _building(request)})


@staff_required
@may_retrain
@require_POST
def rebuild(request):
    """Queue a build; nothing is published by it."""
    form = RebuildForm(request.POST)
    if not form.is_valid():
        messages.error(request, "That number of segments cannot be asked for. Nothing was started.")
        return redirect("segmentation:segments")
    k = form.cleaned_data["k"]
    if (running := _building(request)) and running["state"] == "running":
        messages.warning(
            request, f"Run {running['run'].number} is being built already. Nothing was started."
        )
        return redirect("segmentation:segments")
    try:
        retrain_segments.delay(k=k, requested_by=str(request.user.pk))
    except OperationalError:
        messages.error(request, "The job queue does not answer. Nothing was started.")
    else:
        record(
            actor=request.user,
            about=publication(),
            changes={"segments": ["", str(k or "chosen by quality")]},
            note="Asked for a new run",
        )
        messages.success(
            request,
            "The build is queued. The published segments stay until you publish the new ones.",
        )
        request.session["segments_asked"] = queries.last_run_number()
    return redirect("segmentation:segments")


@staff_required
@may_publish
@require_POST
def publish(request, number):
    """Publish a run, new or former."""
    run = get_object_or_404(SegmentationRun, number=number)
    try:
        publish_run(run=run, by=request.user, note=request.POST.get("note", "")[:1000])
    except (CannotPublish, Busy) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Run {run.number} is published; every page shows it now.")
    return redirect("segmentation:segments")


def _overview(user) -> dict:
    """Context of everything above the charts, and of the tables that need no script."""
    run = queries.published_run()
    context: dict = {"run": run, "staff": user.is_staff}
    profile = None
    if not user.is_staff:
        profile = profile_of(user)
        context["consents"] = profile is not None and profile.consent
    if run is None:
        context["latest"] = next(iter(queries.runs(1)), None)
        return context
    everything = may_see_personal_data(user)
    segments, cube, _ = _shown(run, everything)
    every = queries.segments_of(run)
    own = None if user.is_staff else queries.segment_of(user)
    customer = queries.customer_of(user.number) if own else None
    cards = tier_cards(segments)
    told = next((each for each in segments if own and each.key == own.key), None)
    return context | {
        "segments": segments,
        "hidden": len(every) - len(segments),
        "everything": everything,
        "cards": cards,
        "lead": next((card for card in cards if card.tier == "high"), None),
        "customers": (agreed := sum(each.customers for each in every)),
        "everyone": max(profile_count(), agreed),
        "total_value": sum(card.total_value for card in cards),
        "disagreeing": int(cube.disagreeing.sum()),
        "matrix": feature_rows(segments, main_features()),
        "blocks": [(b, [f for f in main_features() if f.block == b.key]) for b in BLOCKS],
        "risk_parts": PARTS,
        "own": told or own,
        "own_shown": told is not None,
        "own_rows": people.standing_of(customer, staff=False) if customer else [],
        "why": people.explanation_of(customer, staff=False) if customer and told else None,
        "stated": profile.risk_class if own and profile else None,
        "revealed": customer.risk_class if customer else "",
    }


def _shown(run, everything) -> tuple:
    """Segments, cube and its order, without small groups unless `everything` may be seen.

    The sums of a few customers are as good as their own figures, and so are differences.
    """
    cube, order = queries.cube_of_run(run)
    segments = queries.segments_of(run)
    if not everything:
        cube = cube.without_small_groups()
        segments = told_to_all(segments, cube, order)
    return segments, cube, order


def _charts(run, user) -> dict:
    """Data of the charts; what is not for all to see is taken out here, not in the browser."""
    picture = run.picture
    everything = may_see_personal_data(user)
    segments, cube, order = _shown(run, everything)
    everyone = whole_sums(cube, tier_cards(segments))
    if everything:
        places = queries.map_places(run)
    else:
        places = dict(zip(order, picture["density"], strict=True))
    data = chart_data(
        segments=segments,
        order=order,
        cube=cube,
        features=main_features(),
        sectors=SECTORS,
        places=places,
        axes=picture["axes"],
        aggregate=not everything,
    )
    data["everyone"] = everyone
    data["own"] = None if user.is_staff else people.map_place(user.number, run)
    return data


def _members_table(asked, rows) -> dict:
    sort = asked["sort"]
    filters = {name: asked[name] for name in ("segment", "tier", "risk", "sector")}
    return {
        "rows": rows[: queries.MEMBERS_A_PAGE],
        "more": len(rows) > queries.MEMBERS_A_PAGE,
        "page": asked["page"],
        "sort": sort,
        "filters": {name: value for name, value in filters.items() if value not in ("", None)},
        "columns": [
            (key, label, _next_sort(sort, key), _direction(sort, key), hidden)
            for key, label, hidden in _MEMBER_COLUMNS
        ],
    }


_MEMBER_COLUMNS = (
    ("value", "Portfolio", ""),
    ("income", "Income, a year", "hide-phone hide-narrow"),
    ("stated", "Risk: stated", "hide-phone hide-narrow"),
    ("revealed", "Risk: revealed", "hide-phone"),
    ("year", "1 year, on money", ""),
)


def _next_sort(sort, key) -> str:
    return key if sort == f"-{key}" else f"-{key}"


def _direction(sort, key) -> str:
    return {f"-{key}": "descending", key: "ascending"}.get(sort, "")


def _building(request) -> dict:
    """The latest build beside the published run, for staff."""
    runs = queries.runs()
    runs_now = standing()
    published, waiting = runs_now.published, runs_now.waiting
    newest = runs[0] if runs else None
    asked = request.session.get("segments_asked")
    former = [
        run
        for run in runs
        if run.status == RunStatus.READY and published is not None and run.pk != published.pk
    ]
    state = "idle"
    if newest is not None and newest.status == RunStatus.RUNNING:
        state = "running"
    elif asked is not None and (newest.number if newest else 0) <= asked:
        state = "queued"
    elif newest is not None and newest.status == RunStatus.FAILED:
        state = "failed"
    elif waiting is not None:
        state = "ready"
    shown = waiting if state == "ready" else newest
    context = {"state": state, "run": shown, "published": published, "former": former}
    if waiting is not None and state == "ready":
        context["word"] = runs_now.of(waiting)
        context["compared"] = _compare(published, waiting)
        context["failed_gates"] = [gate for gate in runs_now.gates if not gate.passed]
        context["verdict"] = runs_now.verdict
    return context


def _compare(published, newest) -> list[dict]:
    """Segments of two runs side by side, by the key that identifies them."""
    before = {each.key: each for each in queries.segments_of(published)} if published else {}
    after = {each.key: each for each in queries.segments_of(newest)}
    return [
        {"key": key, "before": before.get(key), "after": after.get(key)}
        for key in [*after, *(key for key in before if key not in after)]
    ]
