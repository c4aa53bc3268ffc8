"""Pages about oneself: declared facts, the risk questionnaire, its result, and consent."""

from allauth.account.decorators import reauthentication_required
from bson import ObjectId
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries, services
from accounts.domain.consent import CURRENT_WORDINGS, OFFERS, PROFILING
from accounts.domain.questionnaire import QUESTIONNAIRE_VERSION, score_answers
from accounts.domain.questions import QUESTIONS
from accounts.forms import AnswerForm, ProfileForm, TokenForm
from accounts.permissions import investor_required, rate_limited
from accounts.tokens import TokenRefused, create_token, tokens_of
from accounts.tokens import revoke_token as revoke

# Answers given so far wait in the session until all ten are there.
DRAFT = f"risk-answers-{QUESTIONNAIRE_VERSION}"


@investor_required
@require_http_methods(["GET", "POST"])
def profile(request):
    declared = queries.profile_of(request.user)
    if request.method == "POST":
        form = ProfileForm(request.POST)
        if form.is_valid():
            services.update_profile(user=request.user, **form.cleaned_data)
            messages.success(request, "Your profile is saved.")
            return redirect("accounts:profile")
    else:
        form = ProfileForm(initial=_initial(declared))
    return render(
        request,
        "accounts/profile.html",
        {
            "profile": declared,
            "form": form,
            "scores": queries.risk_history(request.user),
            "decisions": queries.consent_history(request.user),
            "offers": _asked(request.user, OFFERS),
        },
        status=422 if form.errors else 200,
    )


@investor_required
@require_safe
def questionnaire(request):
    """Go on where the investor left: the first question without an answer."""
    draft = request.session.get(DRAFT, {})
    unanswered = [i for i, each in enumerate(QUESTIONS, start=1) if each.key not in draft]
    return redirect("accounts:question", step=unanswered[0] if unanswered else len(QUESTIONS))


@investor_required
@require_http_methods(["GET", "POST"])
def question(request, step):
    if not 1 <= step <= len(QUESTIONS):
        return redirect("accounts:questionnaire")
    asked = QUESTIONS[step - 1]
    draft = request.session.get(DRAFT, {})
    form = AnswerForm(request.POST or None, question=asked)
    if request.method == "POST" and form.is_valid():
        draft[asked.key] = form.cleaned_data["answer"]
        request.session[DRAFT] = draft
        if step < len(QUESTIONS):
            return redirect("accounts:question", step=step + 1)
        return _finish(request, draft)
    return render(
        request,
        "accounts/question.html",
        {
            "question": asked,
            "step": step,
            "steps": [
                "now" if i == step else "done" if each.key in draft else ""
                for i, each in enumerate(QUESTIONS, start=1)
            ],
            "total": len(QUESTIONS),
            "chosen": draft.get(asked.key),
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@investor_required
@require_safe
def risk_result(request):
    scores = queries.risk_history(request.user)
    if not scores:
        return redirect("accounts:questionnaire")
    latest = scores[0]
    current = latest.questionnaire_version == QUESTIONNAIRE_VERSION
    return render(
        request,
        "accounts/risk_result.html",
        {
            "latest": latest,
            "former": scores[1:],
            # Under an older questionnaire the answers no longer mean today's questions.
            "result": score_answers(latest.answers) if current else None,
            "profile": queries.profile_of(request.user),
            "asked": _asked(request.user, PROFILING),
        },
    )


@investor_required
@require_safe
def consent(request):
    return render(
        request,
        "accounts/consent.html",
        {
            "asked": [_asked(request.user, purpose) for purpose in CURRENT_WORDINGS],
        },
    )


@investor_required
@require_POST
def decide_consent(request):
    decision = request.POST.get("decision")
    wording = CURRENT_WORDINGS.get(request.POST.get("purpose", PROFILING))
    if wording and decision == "give" and request.POST.get("wording") == wording.version:
        services.give_consent(user=request.user, wording_version=wording.version)
        what = "to profiling" if wording.purpose == PROFILING else "that we write to you"
        messages.success(request, f"You agreed {what}. You can withdraw at any time.")
    elif wording and decision == "withdraw":
        profile = queries.profile_of(request.user)
        services.withdraw_consent(user=request.user, purpose=wording.purpose)
        if wording.purpose == OFFERS:
            said = "We do not write to you with offers. Every list made from now on leaves you out."
        elif profile is not None and profile.consent:
            said = (
                "You are not profiled. You leave your segment within a few seconds, and your "
                "recommendations go by your answers alone, even where your trades show less risk."
            )
        else:
            said = "You are not profiled. You are in no segment, and can agree at any time."
        messages.success(request, said)
    else:
        messages.error(request, "That was no decision we asked for. Nothing was saved.")
    # The result page asks on the way in; elsewhere the decision and its history are shown.
    return redirect("/dashboard/" if "enter" in request.POST else "accounts:consent")


def _finish(request, draft):
    missing = [i for i, each in enumerate(QUESTIONS, start=1) if each.key not in draft]
    if missing:
        messages.warning(
            request, f"Question {missing[0]} has no answer yet. Your other answers are kept."
        )
        return redirect("accounts:question", step=missing[0])
    services.submit_questionnaire(
        user=request.user, answers=[draft[each.key] for each in QUESTIONS]
    )
    del request.session[DRAFT]
    return redirect("accounts:risk")


def _asked(user, purpose) -> dict:
    """One question of consent: its words, whether it is agreed to now, and all decisions."""
    profile = queries.profile_of(user)
    given = {PROFILING: "consent", OFFERS: "offers"}[purpose]
    return {
        "wording": CURRENT_WORDINGS[purpose],
        "given": profile is not None and getattr(profile, given),
        "decisions": queries.consent_history(user, purpose),
    }


def _initial(declared):
    if declared is None:
        return {}
    return {
        "annual_income": declared.annual_income,
        "monthly_spending": declared.monthly_spending,
        "birth_year": declared.birth_year,
        "horizon_years": declared.horizon_years,
        "sectors": declared.sectors,
    }


@investor_required
@reauthentication_required
@rate_limited("api-token", limit=20, seconds=3600)
@require_http_methods(["GET", "POST"])
def tokens(request):
    """One's tokens of the API; a new one is shown once, on the page that answers its form."""
    form, key = TokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            _, key = create_token(user=request.user, **form.cleaned_data)
            form = TokenForm()
        except TokenRefused as refused:
            form.add_error(None, str(refused))
    return render(
        request,
        "accounts/tokens.html",
        {"form": form, "key": key, "tokens": tokens_of(request.user)},
        status=422 if form.errors else 200,
    )


@investor_required
@require_POST
def revoke_token(request, pk):
    """Revoke one of one's own tokens."""
    if ObjectId.is_valid(pk) and revoke(user=request.user, pk=pk):
        messages.success(request, "The token is revoked: nothing can use it any more.")
    else:
        messages.error(request, "There is no such token (any more). Nothing was changed.")
    return redirect("accounts:tokens")
