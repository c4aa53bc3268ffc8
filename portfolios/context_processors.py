"""What the pages of a portfolio have in common: their tabs, and the switch between portfolios."""

from django.utils.functional import SimpleLazyObject

from portfolios.queries import CHOSEN, portfolio_names

TABS = (
    ("overview", "Overview"),
    ("performance", "Performance"),
    ("risk", "Risk"),
    ("correlation", "Correlation"),
    ("transactions", "Transactions"),
    ("import", "Import"),
    ("tax", "Tax"),
)
"""Name of the address below `portfolios:`, which is also the page's `tab`, and its words."""


def frame(request):
    """Context of the pages' head; nothing is read until a template asks for it."""
    return {
        "portfolio_tabs": TABS,
        "portfolio_switch": SimpleLazyObject(lambda: _switch(request)),
    }


def _switch(request):
    named = portfolio_names(request.user)
    chosen = request.session.get(CHOSEN)
    first = named[0] if named else None
    return {"chosen": next((each for each in named if str(each.pk) == chosen), first), "all": named}
