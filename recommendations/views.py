"""The recommendations page."""

from django.contrib import messages
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from accounts import queries as accounts
from accounts.permissions import investor_required
from market import queries as market
from recommendations import queries, services
from recommendations.domain.amounts import RULE
from recommendations.domain.cards import FIRST_SORT, SORTS, cards_of
from recommendations.models import Verdict
from segmentation import queries as segmentation


@require_safe
@investor_required
def page(request):
    return _page(request, sort=request.GET.get("sort", ""))


@require_POST
@investor_required
def feedback(request):
    symbol, verdict = request.POST.get("symbol", ""), request.POST.get("verdict", "")
    sort = request.POST.get("sort", "")
    if verdict not in Verdict.values:
        return HttpResponseBadRequest("No such verdict. Nothing was saved.", "text/plain")
    try:
        now = services.give_feedback(user=request.user, symbol=symbol, verdict=verdict)
    except services.UnknownStock:
        return HttpResponseBadRequest("No such stock. Nothing was saved.", "text/plain")
    if verdict == Verdict.DISMISS:
        services.build_recommendations(user=request.user)
        said = f"{symbol} is set aside and not recommended again." if now else f"{symbol} is back."
        messages.success(request, said)
    if request.headers.get("HX-Request") == "true":
        return _page(request, sort=sort)
    return redirect(f"{reverse('recommendations:page')}?sort={sort}")


def _page(request, *, sort):
    user = request.user
    profile = accounts.profile_of(user)
    status = market.market_status()
    context = {"profile": profile, "status": status}
    if profile is not None and profile.risk_score is not None:
        segment = segmentation.segment_of(user) if profile.consent else None
        made = queries.fresh_set(user, profile=profile, segment=segment, loading=status.loading)
        if made is None:
            made = services.build_recommendations(user=user)
        if made is not None:
            context |= _shown(made, user, segment, sort=sort if sort in SORTS else FIRST_SORT)
    fragment = request.headers.get("HX-Request") == "true"
    template = "recommendations/_page.html" if fragment else "recommendations/page.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _shown(made, user, segment, *, sort):
    record = queries.track_record()
    outlook = queries.outlook_of(made, record)
    verdicts = queries.verdicts_of(user)
    amounts = [item.amount for item in made.items if item.amount]
    return {
        "made": made,
        "working": made.working,
        "cards": cards_of(
            made.items,
            made.working,
            names={item.symbol: item.name for item in market.instruments()},
            quotes=market.latest_quotes([item.symbol for item in made.items]),
            verdicts=verdicts,
            fans=outlook.fans,
            sort=sort,
        ),
        "sort": sort,
        "sorts": SORTS.items(),
        "rule": RULE,
        "purchases": len(amounts),
        "total": sum(amounts),
        "together": None if outlook.together is None else outlook.together[:, -1].tolist(),
        "width": outlook.width,
        "segment": segment,
        "dismissed": [symbol for symbol, said in verdicts.items() if said == Verdict.DISMISS],
        "record": record,
    }
