"""Background jobs: what ran, how long it took, why it failed, and starting the safe ones."""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from accounts.permissions import require
from finseg import formatting, jobs
from finseg.models import JobRun, JobState
from finseg.staff import base, record

MAY_START = "finseg.change_jobrun"
LIST_URL = "admin:finseg_jobrun_changelist"

STARTABLE = {
    "market.tasks.refresh_history": "Bring price history up to date",
    "market.tasks.refresh_companies_debt": "Ask what companies owe",
    "market.tasks.store_end_of_day_bars": "Store the day's bars",
    "portfolios.tasks.value_portfolios": "Value all portfolios",
    "portfolios.tasks.store_period_points": "Keep past values of all portfolios",
    "recommendations.tasks.refresh_recommendations": "Refresh recommendations",
    "segmentation.tasks.watch_drift": "Measure drift of the customers",
}
"""Jobs that harm nothing when run at any time; retraining is started where its runs are shown."""

TITLES = {
    **STARTABLE,
    "segmentation.tasks.retrain_segments": "Retrain segments",
    "segmentation.tasks.refresh_changed_segments": "Reassign changed customers",
    "segmentation.tasks.rank_segments": "Rank segments and find quiet customers",
    "segmentation.tasks.follow_up_cases": "Follow up risk cases",
    "recommendations.tasks.judge_past_picks": "Judge past recommendations",
    "market.tasks.refresh_quotes": "Ask for the latest prices",
    "portfolios.tasks.work_on_import": "Work on an investor's file",
    "portfolios.tasks.forget_expired_imports": "Forget files that were never booked",
    "accounts.tasks.forget_expired": "Forget expired sessions",
    "finseg.privacy.finish_erasures": "Finish erasures that were cut short",
    "finseg.pipeline.run_nightly": "Start the nightly chain",
}
"""Plain names of all tasks; a test compares them with the tasks there are."""
COUNTED = {
    "finseg.privacy.finish_erasures": "erasure",
    "portfolios.tasks.forget_expired_imports": "record",
    "recommendations.tasks.judge_past_picks": "date",
    "recommendations.tasks.refresh_recommendations": "investor",
    "segmentation.tasks.follow_up_cases": "case",
    "segmentation.tasks.rank_segments": "customer",
    "segmentation.tasks.refresh_changed_segments": "customer",
}
"""What those tasks count whose result is a number."""
STATES = {"Succeeded": "up", "Waiting to retry": "warn", "Failed": "down", "Lost": "down"}


def title_of(name):
    return TITLES.get(name, name)


def done_by(job):
    """What a job said it did, a bare number with what it counts; of a routine job, in a day."""
    noun, number = COUNTED.get(job.name), job.counted
    if number is None:
        if not (noun and job.summary.isdigit()):
            return job.summary
        number = int(job.summary)
    words = f"{number:,} {noun}{'' if number == 1 else 's'}"
    return f"{words} in {job.runs:,} runs of the day" if job.runs > 1 else words


def state_of(job):
    """The state in words; a job that outlived its time limit was lost with its worker."""
    limit = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
    if job.state == JobState.RUNNING and timezone.now() - job.changed_at > limit:
        return "Lost"
    return job.get_state_display()


class NameFilter(DropdownFilter):
    title, parameter_name = "job", "job"

    def lookups(self, request, model_admin):
        return list(TITLES.items())

    def queryset(self, request, queryset):
        return queryset.filter(name=self.value()) if self.value() else queryset


@admin.register(JobRun)
class JobRunAdmin(base.ReadOnlyAdmin):
    list_display = ("job", "state_label", "begun", "took", "retries", "outcome", "asked_by")
    sortable_by = ()
    ordering = ("-changed_at",)
    list_filter = (NameFilter, ("state", ChoicesDropdownFilter))
    list_fetched = {"requested_by": ("email",)}
    list_before_template = "admin/finseg/jobrun/start.html"
    change_form_template = "admin/finseg/jobrun/page.html"
    fields = ("name",)

    @display(description="Job")
    def job(self, row):
        return title_of(row.name)

    @display(description="State")
    def state_label(self, row):
        return base.tag(state_of(row), STATES)

    @display(description="Started")
    def begun(self, row):
        return base.when(row.started_at or row.queued_at)

    @display(description="Seconds")
    def took(self, row):
        return base.figure(formatting.number(row.seconds, 1))

    @display(description="What it did")
    def outcome(self, row):
        text = (row.error or done_by(row)).strip()
        return text.splitlines()[0][:160] if text else formatting.MISSING

    @display(description="Asked for by")
    def asked_by(self, row):
        return row.requested_by.email if row.requested_by else "system"

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.start))
        return [path("start/", view, name="finseg_jobrun_start"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        context = {
            "startable": STARTABLE if request.user.has_perm(MAY_START) else {},
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        job = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if job:
            context |= {
                "title": title_of(job.name),
                "subtitle": None,
                "job": job,
                "state": state_of(job),
                "done": done_by(job),
            }
        return super().change_view(request, object_id, form_url, context)

    def start(self, request):
        require(request.user, MAY_START)
        name = request.POST.get("name", "")
        back = HttpResponseRedirect(reverse(LIST_URL))
        if name not in STARTABLE:
            messages.error(request, "That job cannot be started from here. Nothing was started.")
            return back
        try:
            job = jobs.enqueue(name=name, requested_by=request.user)
        except (OperationalError, ConnectionError):
            messages.error(
                request, "The queue of background jobs does not answer. Nothing was started."
            )
            return back
        record.requested(request, job, title_of(name), {"started": ["", "by hand"]})
        messages.success(request, f"Queued: {title_of(name)}.")
        return back
