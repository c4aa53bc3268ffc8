"""Segmentation runs and segments: compare, retrain with progress, publish, restore."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from accounts.permissions import may_see_personal_data, require
from finseg import formatting, jobs
from finseg.models import JobRun, JobState
from finseg.staff import base, comparison, operation, record, side_by_side, traits
from finseg.staff.jobs import MAY_START
from segmentation.domain import run_state
from segmentation.domain.cube import SMALLEST_SHOWN
from segmentation.domain.gates import Gate
from segmentation.domain.overview import may_show
from segmentation.domain.selection import CANDIDATES, RULE
from segmentation.judgement import gates_of, standing
from segmentation.models import RunStatus, Segment, SegmentationRun
from segmentation.queries import publication_state, segments_of
from segmentation.services.claims import Busy
from segmentation.services.publication import CannotPublish, publish_run

RETRAIN_TASK = "segmentation.tasks.retrain_segments"
MAY_RETRAIN = "segmentation.change_segmentationrun"
MAY_PUBLISH = "segmentation.change_publication"
RUNS_URL = "admin:segmentation_segmentationrun_changelist"
STATES = {
    run_state.PUBLISHED: "up",
    run_state.PUBLICATION: "accent",
    run_state.APPROVAL: "warn",
    run_state.FAILED: "down",
    run_state.TRAINING: "warn",
}
WAITING = (run_state.APPROVAL, run_state.PUBLICATION)
UNFINISHED = (JobState.QUEUED, JobState.RUNNING, JobState.RETRYING)


class RetrainForm(forms.Form):
    k = forms.IntegerField(
        label="Number of segments",
        required=False,
        min_value=CANDIDATES[0],
        max_value=CANDIDATES[-1],
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=f"{CANDIDATES[0]} to {CANDIDATES[-1]}; left empty, quality decides.",
    )


class ApprovalForm(forms.Form):
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Kept with the run and in the audit trail.",
    )


@admin.register(SegmentationRun)
class RunAdmin(base.ReadOnlyAdmin):
    list_display = (
        *("run", "state", "why", "segments", "customer_count"),
        *("separation", "holds", "finished"),
    )
    sortable_by = ("run",)
    ordering = ("-number",)
    fields = ("number",)
    list_before_template = "admin/segmentation/segmentationrun/before.html"
    change_form_template = "admin/segmentation/segmentationrun/page.html"

    segments = base.number("k", "Segments")
    customer_count = base.number("customers", "Customers")
    finished = base.moment("finished_at", "Finished")

    @display(description="Run", ordering="number")
    def run(self, row):
        return str(row)

    @display(description="State")
    def state(self, row):
        return base.tag(self.standing.of(row), STATES)

    @display(description="Asked for by")
    def why(self, row):
        return row.get_reason_display() or formatting.MISSING

    @display(description="Silhouette")
    def separation(self, row):
        return base.figure(formatting.number(row.quality.get("silhouette"), 3))

    @display(description="Stability")
    def holds(self, row):
        return base.figure(formatting.number(row.quality.get("stability"), 3))

    def get_queryset(self, request):
        # The fitted model and the picture are megabytes that no list or page here shows.
        return super().get_queryset(request).defer("model", "picture")

    def get_urls(self):
        info = "segmentation_segmentationrun"
        wrap = self.admin_site.admin_view
        return [
            path("retrain/", wrap(require_POST(self.retrain)), name=f"{info}_retrain"),
            path("compare/", wrap(require_GET(side_by_side.compare_view)), name=f"{info}_compare"),
            path("progress/<str:job>/", wrap(require_GET(self.progress)), name=f"{info}_progress"),
            path(
                "<str:object_id>/publish/",
                wrap(require_POST(self.publish)),
                name=f"{info}_publish",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        found = operation.operation()
        self.standing = found.standing
        readings = operation.readings()
        running = SegmentationRun.objects.filter(status=RunStatus.RUNNING).only("job").first()
        shown = progress_of(running.job if running else request.session.get("retrain_job", ""))
        if shown["job_run"] and shown["job_run"].published_at:
            shown = progress_of("")  # It did what it was for.
        context = {
            "retrain_form": RetrainForm(),
            "may_retrain": request.user.has_perm(MAY_RETRAIN),
            "operation": found,
            "readings": readings,
            "drift_chart": operation.chart_of(readings),
            "levels": operation.LEVELS,
            "may_measure": request.user.has_perm(MAY_START),
            "drift_task": operation.DRIFT_TASK,
            **shown,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if run and self.has_view_permission(request, run):
            runs = standing()
            state = runs.of(run)
            current = state == run_state.PUBLISHED
            ready = run.status == RunStatus.READY
            unpublished = ready and not current and not run.published_at
            waits = runs.waiting is not None and run.pk == runs.waiting.pk
            gates = runs.gates if waits else gates_of(run, runs.published) if unpublished else []
            held = not all(gate.passed for gate in gates)
            if current or run.published_at:  # as it was judged when it was published
                gates = gates_of_record(run)
            context |= {
                "title": str(run),
                "subtitle": None,
                "run": run,
                "state": state,
                "passed_by": state == run_state.PASSED_BY,
                "gates": gates,
                "verdict": runs.verdict if state in WAITING else "",
                "passed": not held,
                "approval_form": ApprovalForm(),
                "may_retrain": request.user.has_perm(MAY_RETRAIN),
                "segments": segments_shown(request.user, run),
                "rule": RULE,
                "charts": comparison.charts_of(run),
                "methods": comparison.methods_of(run),
                "publishable": ready and not current,
                "may_publish": request.user.has_perm(MAY_PUBLISH),
            }
        return super().change_view(request, object_id, form_url, context)

    def retrain(self, request):
        require(request.user, MAY_RETRAIN)
        back = HttpResponseRedirect(reverse(RUNS_URL))
        form = RetrainForm(request.POST)
        if not form.is_valid():
            messages.error(request, f"{form.errors['k'][0]} Nothing was started.")
            return back
        k = form.cleaned_data["k"]
        try:
            job = jobs.enqueue(
                name=RETRAIN_TASK,
                kwargs={"k": k, "requested_by": str(request.user.pk), "publish": False},
                requested_by=request.user,
            )
        except (OperationalError, ConnectionError):
            messages.error(
                request, "The queue of background jobs does not answer. Nothing was started."
            )
            return back
        asked = f"k = {k}" if k else "k by quality"
        record.requested(request, job, "Retrain segments", {"segments": ["", asked]})
        request.session["retrain_job"] = job.task_id
        return back

    def progress(self, request, job):
        require(request.user, "segmentation.view_segmentationrun")
        shown = progress_of(job)
        answer = render(request, "admin/segmentation/segmentationrun/progress.html", shown)
        if not shown["unfinished"]:
            # The page asks no more: it loads anew, with the run in its list.
            answer["HX-Refresh"] = "true"
        return answer

    def publish(self, request, object_id):
        require(request.user, MAY_PUBLISH)
        run = get_object_or_404(SegmentationRun.objects.defer("picture"), pk=object_id)
        form = ApprovalForm(request.POST)
        if not form.is_valid():
            messages.error(request, f"{form.errors['note'][0]} Nothing was changed.")
            return HttpResponseRedirect(base.change_url(run))
        try:
            publish_run(run=run, by=request.user, note=form.cleaned_data["note"])
        except (CannotPublish, Busy) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{run} is published: every page now shows its segments.")
        return HttpResponseRedirect(base.change_url(run))


class RunFilter(DropdownFilter):
    title, parameter_name = "run", "run"

    def lookups(self, request, model_admin):
        numbers = SegmentationRun.objects.values_list("number", flat=True)
        return [("all", "All runs"), *((str(each), f"Run {each}") for each in numbers)]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        if self.value() and self.value().isdecimal():
            run = SegmentationRun.objects.filter(number=int(self.value())).only("pk").first()
            return queryset.filter(run_id=run.pk) if run else queryset.none()
        return queryset.filter(run_id=published_id())


@admin.register(Segment)
class SegmentAdmin(base.ReadOnlyAdmin):
    """Segments of the published run unless another one is chosen."""

    list_display = ("name", "tier_label", "risk_label", "members", "average", "total", "of_run")
    sortable_by = ()
    ordering = ("-total_value",)
    list_filter = (RunFilter,)
    change_form_template = "admin/segmentation/segment/page.html"
    fields = ("name",)

    tier_label = base.label("tier", "Tier", base.TIERS)
    risk_label = base.label("risk_class", "Risk class", base.RISKS)
    members = base.number("customers", "Customers")
    average = base.money("average_value", "Average value")
    total = base.money("total_value", "Total value")

    @display(description="Run")
    def of_run(self, row):
        return f"Run {self.run_numbers.get(row.run_id, formatting.MISSING)}"

    def get_queryset(self, request):
        rows = super().get_queryset(request).defer("holdings")
        if may_see_personal_data(request.user):
            return rows
        return rows.filter(customers__gte=SMALLEST_SHOWN)

    def changelist_view(self, request, extra_context=None):
        self.run_numbers = dict(SegmentationRun.objects.values_list("pk", "number"))
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        segment = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if segment and self.has_view_permission(request, segment):
            context |= {
                "title": segment.name,
                "subtitle": None,
                "segment": segment,
                "traits": traits.of_segment(segment),
                "published": segment.run_id == published_id(),
            }
        return super().change_view(request, object_id, form_url, context)


def segments_shown(user, run):
    """Segments of a run; the sums of a few customers are as good as their own figures."""
    everything = may_see_personal_data(user)
    return [each for each in segments_of(run) if everything or may_show(each.customers)]


def published_id():
    """Primary key of the published run, None before the first."""
    state = publication_state()
    return state.run_id if state else None


def gates_of_record(run):
    """The gates as they were when the run was published; none where it was not judged."""
    return [Gate(**gate) for gate in (run.gates or {}).get("gates", [])]


def progress_of(task_id):
    """What the progress panel shows of a retraining, by the id of its job."""
    job = JobRun.objects.filter(task_id=task_id).first() if task_id else None
    run = (
        SegmentationRun.objects.filter(job=task_id).defer("model", "picture").first()
        if task_id
        else None
    )
    unfinished = run.status == RunStatus.RUNNING if run else bool(job and job.state in UNFINISHED)
    return {"job": job, "job_id": task_id, "job_run": run, "unfinished": unfinished}
