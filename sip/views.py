"""The SIP calculator's pages."""

import csv

from bson import ObjectId
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from sip import queries, services
from sip.domain.growth import periodic_rate
from sip.domain.plans import LEAST_AMOUNT, months_until, project
from sip.domain.presets import ASSUMED_RATES
from sip.forms import PlanForm, PlanNameForm, query_of


@require_safe
def planner(request):
    form = PlanForm(request.GET, today=timezone.localdate())
    # A change on the page asks for the parts that depend on it, a visit for all of it.
    fragment = request.headers.get("HX-Request") == "true"
    response = render(
        request,
        "sip/_answer.html" if fragment else "sip/planner.html",
        _context(request, form, saving=PlanNameForm()),
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def years_csv(request):
    form = PlanForm(request.GET, today=timezone.localdate())
    if not form.is_valid():
        return HttpResponseBadRequest("This plan has an impossible value.", "text/plain")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sip-years.csv"'
    table = csv.writer(response)
    table.writerow(["year", "ends", "deposit", "paid_in", "gain", "value"])
    for row in project(form.plan()).rows:
        money = [f"{x:.2f}" for x in (row.deposit, row.paid_in, row.gain, row.value)]
        table.writerow([row.year, row.ends.isoformat(), *money])
    return response


@login_required
@require_POST
def save(request):
    form = PlanForm(request.POST, today=timezone.localdate())
    naming = PlanNameForm(request.POST)
    if form.is_valid() and naming.is_valid():
        try:
            services.save_plan(
                user=request.user, name=naming.cleaned_data["name"], plan=form.plan()
            )
        except services.TooManyPlans:
            naming.add_error(
                "name", f"You keep {services.MAX_PLANS} plans already: delete one first."
            )
        else:
            messages.success(request, f"Saved “{naming.cleaned_data['name']}”.")
            return redirect(f"{reverse('sip:planner')}?{form.query()}")
    context = _context(request, form, saving=naming)
    return render(request, "sip/planner.html", {**context, "not_saved": True}, status=400)


@login_required
@require_POST
def delete(request, plan_id):
    if not ObjectId.is_valid(plan_id) or not services.delete_plan(
        user=request.user, plan_id=plan_id
    ):
        raise Http404
    messages.success(request, "Plan deleted.")
    return redirect("sip:planner")


def _context(request, form, *, saving):
    plan = projection = None
    if form.is_valid():
        plan = form.plan()
        projection = project(plan)
    context = {
        "form": form,
        "saving": saving,
        "plan": plan,
        "projection": projection,
        "query": form.query(),
        "fields": [(name, form.data[name]) for name in form.fields],
        "presets": [(name, rate * 100) for name, rate in ASSUMED_RATES.items()],
        "history": list(queries.history_returns().values()),
    }
    if projection:
        context["months"] = 12 * plan.years
        context["monthly_rate"] = periodic_rate(plan.annual_rate, compounding=plan.compounding)
        if plan.kind == "goal" and projection.deposit < LEAST_AMOUNT:
            months = months_until(plan.amount, plan, deposit=LEAST_AMOUNT)
            context["least"] = {"deposit": LEAST_AMOUNT, "time": _time(months)}
        context["chart"] = {
            "labels": [str(row.ends.year) for row in projection.rows],
            "series": [
                {
                    "label": "Paid in",
                    "colour": "c1",
                    "values": [round(row.paid_in, 2) for row in projection.rows],
                },
                {
                    "label": "Gain",
                    "colour": "c3",
                    "values": [round(row.gain, 2) for row in projection.rows],
                },
            ],
        }
    if request.user.is_authenticated:
        context["saved"] = [(item, query_of(item.plan)) for item in queries.plans_of(request.user)]
    return context


def _time(months) -> str:
    parts = [(months // 12, "year"), (months % 12, "month")]
    return " and ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in parts if n)
