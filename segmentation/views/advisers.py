"""The advisers' queue: customers whose questionnaire and behaviour disagree, case by case."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record_look
from accounts.permissions import PERSONAL_DATA, permission_needed
from segmentation import cases
from segmentation.forms import CasesForm, FinishForm
from segmentation.models import Customer
from segmentation.services.cases import CaseRefused, finish_case, release_case, take_case

SEEN = "A list of customers whose stated and revealed risk differ"


# Bank staff who may see personal data: every line here is about one customer.
adviser_required = permission_needed(PERSONAL_DATA)


@adviser_required
@require_safe
def queue(request):
    """One page of the queue; the look at its customers is put on record."""
    form = CasesForm(request.GET)
    if not form.is_valid():
        return HttpResponse("These cases cannot be listed: the filter is not known.", status=400)
    asked = form.cleaned_data
    rows, more = cases.queue(
        state=asked["state"],
        direction=asked["direction"],
        tier=asked["tier"],
        sort=asked["sort"],
        page=asked["page"],
        adviser=request.user if asked["mine"] else None,
    )
    if rows:
        said = ", ".join(f"{name} {asked[name]}" for name in ("state", "direction") if asked[name])
        record_look(
            actor=request.user,
            about=ContentType.objects.get_for_model(Customer),
            title="list of risk cases",
            note=f"Looked at risk cases ({said}), page {asked['page']}",
            numbers=[row.customer.number for row in rows],
            what=SEEN,
        )
    words = {name: value for name, value in asked.items() if value and name != "page"}
    return render(
        request,
        "segmentation/advisers/queue.html",
        {
            "form": CasesForm(initial=asked),
            "asked": asked,
            "rows": rows,
            "more": more,
            "waiting": cases.open_cases(),
            "counted_at_most": cases.COUNTED_AT_MOST,
            "query": urlencode({k: "on" if v is True else v for k, v in words.items()}),
            "states": CasesForm.base_fields["state"].choices,
        },
    )


@adviser_required
@require_safe
def case(request, number):
    """One customer's case: evidence, what was done so far, and what to do."""
    return _case(request, number)


@adviser_required
@require_POST
def take(request, number):
    return _work(request, number, "The case is yours.", take_case)


@adviser_required
@require_POST
def release(request, number):
    return _work(request, number, "The case is back in the queue.", release_case)


@adviser_required
@require_POST
def finish(request, number):
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _case(request, number, form=form, status=422)
    return _work(request, number, "The case is done.", finish_case, **form.cleaned_data)


def _work(request, number, said, service, **fields):
    try:
        service(number=number, by=request.user, **fields)
    except CaseRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("segmentation:case", number)


def _case(request, number, *, form=None, status=200):
    facts = cases.case_facts(number)
    if facts is None:
        raise Http404(f"C-{number} is not profiled.")
    record_look(
        actor=request.user,
        about=facts["customer"],
        note="Looked at the case of stated against revealed risk",
        what="Your stated and revealed risk",
    )
    own = facts["case"] is not None and facts["case"].taken_by_id == request.user.pk
    context = facts | {"own": own, "form": form or FinishForm()}
    return render(request, "segmentation/advisers/case.html", context, status=status)
