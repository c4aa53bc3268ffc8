"""Pages of one portfolio's performance, risk and correlation."""

from functools import wraps

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import investor_required
from market.queries import market_status, one_market
from portfolios.analysis import performance_of, quotes_of
from portfolios.domain.charges import broker_plans
from portfolios.domain.default_risk import WHY_NOT_FINANCIAL
from portfolios.domain.losses import HORIZONS, LEVELS
from portfolios.domain.pictures import curve, matrix_rows
from portfolios.facts.diversification import alternative_facts, diversification_facts
from portfolios.facts.performance import DAYS_SHOWN, PERIODS, bounds_of, period_facts
from portfolios.facts.risk import risk_facts, sector_shares
from portfolios.forms.asking import FIRST, PeriodForm
from portfolios.ledgers import ledger_of
from portfolios.queries import chosen_portfolio, valuation_of

RATIOS = (
    ("sharpe", "Sharpe ratio", "ratio"),
    ("sortino", "Sortino ratio", "ratio"),
    ("calmar", "Calmar ratio", "ratio"),
    ("downside", "Downside deviation", "share"),
    ("alpha", "Alpha, a year", "percent"),
    ("tracking_error", "Tracking error", "share"),
    ("information", "Information ratio", "ratio"),
    ("up_capture", "Captured of rises", "share"),
    ("down_capture", "Captured of falls", "share"),
)


def with_portfolio(tab):
    """Give a view the chosen portfolio's ledger and quotes; without entries, the empty page.

    A part of a page has no tab, and is not found without entries.
    """

    def decorate(view):
        @investor_required
        @require_safe
        @one_market()
        @wraps(view)
        def page(request, *args, **kwargs):
            portfolio = chosen_portfolio(request.user, request.session)
            ledger = ledger_of(portfolio) if portfolio else None
            context = {"portfolio": portfolio, "own": True, "tab": tab, "status": market_status()}
            if ledger is None or not ledger.entries:
                if tab is None:
                    raise Http404("Nothing is recorded yet.")
                return render(request, "portfolios/empty.html", context)
            quotes = quotes_of(ledger.symbols)
            return view(request, portfolio, ledger, quotes, context, *args, **kwargs)

        return page

    return decorate


@with_portfolio("performance")
def performance(request, portfolio, ledger, quotes, context):
    """Returns of any period: the whole, its holdings and its sectors."""
    whole = performance_of(portfolio, flows=ledger.flows, quotes=quotes)
    form = PeriodForm(request.GET)
    period, start, end = form.asked() if form.is_valid() else (FIRST, None, None)
    facts = None
    if whole is not None:
        if period:
            start = bounds_of(period, whole.history.dates[-1].astype(object))
        facts = period_facts(whole, start=start, end=end)
    context |= {"form": form, "periods": PERIODS, "period": period, "facts": facts}
    if facts is not None:
        part = facts.performance
        context |= {
            "curve": curve(part) if len(part.history) > 1 else None,
            "worth": float(part.history.values[-1]),
            "same_worth": float(part.equivalent.values[-1]) if part.equivalent else None,
            "ratios": [(label, getattr(facts.ratios, key), kind) for key, label, kind in RATIOS],
            "tables": [
                (f"Days, the last {DAYS_SHOWN}", facts.days[::-1], "j M Y"),
                ("Months", facts.months[::-1], "M Y"),
                ("Years", facts.years[::-1], "Y"),
            ],
        }
    return render(request, "portfolios/performance.html", context)


@with_portfolio("risk")
def risk(request, portfolio, ledger, quotes, context):
    """What today's holdings may lose, how fast they sell, and whether the figures held."""
    valuation = valuation_of(portfolio, quotes=quotes)
    facts = risk_facts(valuation)
    context |= {"valuation": valuation, "facts": facts, "sectors": sector_shares(valuation)[:8]}
    if facts is not None:
        context |= {
            "missing_debts": facts.credit.names("missing"),
            "unsolved_debts": facts.credit.names("unsolved"),
            "financial_companies": facts.credit.names("financial"),
            "why_not_financial": WHY_NOT_FINANCIAL,
        }
        context["tables"] = [
            (days, level, [row for row in facts.losses if (row.days, row.level) == (days, level)])
            for days in HORIZONS
            for level in LEVELS
        ]
    return render(request, "portfolios/risk.html", context)


@with_portfolio("correlation")
def correlation(request, portfolio, ledger, quotes, context):
    """What moves together, and what would spread the risk."""
    valuation = valuation_of(portfolio, quotes=quotes)
    facts = diversification_facts(valuation)
    context |= {"valuation": valuation, "facts": facts, "plan": _plan(request)}
    if facts is not None:
        context |= {
            "matrix": matrix_rows(facts.correlation),
            "close": facts.correlation.close_pairs(),
            "pairs": facts.correlation.pairs()[:5],
        }
    return render(request, "portfolios/correlation.html", context)


@with_portfolio(None)
def alternatives(request, portfolio, ledger, quotes, context):
    """Other weights of the same stocks and the trades to them, which the page loads by itself."""
    plan = _plan(request)
    found = alternative_facts(
        valuation_of(portfolio, quotes=quotes),
        ledger,
        plan=plan,
        day=context["status"].session_date,
    )
    context |= {"found": found, "plan": plan, "plans": broker_plans().values()}
    return render(request, "portfolios/_alternatives.html", context)


def _plan(request):
    plans = broker_plans()
    return plans.get(request.GET.get("plan", ""), plans["zero"])
