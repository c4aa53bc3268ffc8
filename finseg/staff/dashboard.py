"""The admin's first page: key figures from stored aggregates, and what needs a look."""

from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse_lazy
from django.utils import timezone

from accounts.audit import record_look
from accounts.permissions import may_see_personal_data
from finseg.models import JobRun, JobState
from finseg.mongodb.counting import estimated_count
from finseg.staff import base
from finseg.staff.jobs import title_of
from finseg.staff.operation import attention as attention_of
from finseg.staff.operation import operation
from finseg.staff.segments import segments_shown
from market.queries import market_status
from portfolios.models import Portfolio
from portfolios.queries import top_portfolios, worst_portfolios
from segmentation.cases import COUNTED_AT_MOST, open_cases
from segmentation.judgement import standing
from segmentation.models import Customer, SegmentationRun
from segmentation.queries import published_run

RANKED = 5
SILENT_SECONDS = 300
LOOK_BACK = timedelta(days=1)

HEALTH = reverse_lazy("admin:market_priceload_health")
JOBS = reverse_lazy("admin:finseg_jobrun_changelist")
RUNS = reverse_lazy("admin:segmentation_segmentationrun_changelist")


def overview(request, context):
    """Add what the member of staff may see to the context of the first page."""
    may = request.user.has_perm
    if may("segmentation.view_segment"):
        context |= segments(request.user)
    if may("portfolios.view_portfolio") and may_see_personal_data(request.user):
        context |= {"ends": ends(request.user)}
    if may_see_personal_data(request.user):
        context |= {"open_cases": open_cases(), "cases_counted_to": COUNTED_AT_MOST}
    context |= {
        "market": market_status() if may("market.view_instrument") else None,
        "failed_jobs": failed_jobs() if may("finseg.view_jobrun") else None,
        "title": "Overview",
    }
    context["attention"] = attention(context)
    return context


def ends(user):
    """The best and the worst portfolios; the look at their owners is put on record."""
    best, worst = _rows(top_portfolios), _rows(worst_portfolios)
    if numbers := {row.investor_number for row, _ in (*best, *worst)}:
        record_look(
            actor=user,
            about=ContentType.objects.get_for_model(Portfolio),
            note="Looked at the best and worst portfolios of the overview",
            numbers=sorted(numbers),
            what="Your portfolio's value and return, in a ranking",
            title="best and worst portfolios",
        )
    return [("Best", best), ("Worst", worst)]


def segments(user):
    """Segments of the published run, and sums over them: nothing is counted anew."""
    run = published_run()
    views = segments_shown(user, run) if run else []
    customers = sum(each.customers for each in views)
    last = SegmentationRun.objects.defer("model", "picture", "comparison").first()
    return {
        "run": run,
        "last_run": last,
        "last_run_state": standing().of(last) if last else "",
        "last_run_url": base.change_url(last) if last else None,
        "segments": views,
        "customers": customers if views else estimated_count(Customer.objects.all()),
        "value": sum(each.total_value for each in views) if views else None,
        "largest": max((each.customers for each in views), default=0),
    }


def failed_jobs():
    """Jobs that failed within a day, newest first."""
    rows = JobRun.objects.filter(
        state=JobState.FAILED, changed_at__gte=timezone.now() - LOOK_BACK
    ).order_by("-changed_at")
    return [
        {
            "title": title_of(row.name),
            "at": row.changed_at,
            "error": row.error.splitlines()[0] if row.error else "",
            "url": base.change_url(row),
        }
        for row in rows[:20]
    ]


def attention(context):
    """Sentences about what is wrong or worth a look, each with the page to go to."""
    found = []
    market, last = context.get("market"), context.get("last_run")
    if market and market.age_seconds is None:
        found.append(("The price feed has given no sign of life yet.", HEALTH))
    elif market and market.age_seconds > SILENT_SECONDS:
        found.append(("The price feed has fallen silent.", HEALTH))
    if failed := context.get("failed_jobs"):
        words = "job" if len(failed) == 1 else "jobs"
        found.append((f"{len(failed)} {words} failed within a day.", JOBS))
    if last:
        found += operating(operation())
    if "run" in context and context["run"] is None:
        found.append(("No segments are published yet.", RUNS))
    return found


def operating(state):
    """What segmentation asks of staff, each sentence with the run it is about."""
    about = state.waiting or state.failed or state.running
    return [(said, base.change_url(about) if about else RUNS) for said in attention_of(state)]


def _rows(ranking):
    return [(row, base.change_url(row)) for row in ranking(RANKED)]
