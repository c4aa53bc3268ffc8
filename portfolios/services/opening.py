"""Open and name portfolios; an investor may have several."""

from django.db import IntegrityError
from django.utils import timezone

from portfolios.models import Portfolio
from portfolios.queries import portfolio_of
from portfolios.services.writing import EntryRefused

LONGEST_NAME = 80
MOST_PORTFOLIOS = 20


def create_portfolio(*, investor, name="My portfolio"):
    """Open an empty portfolio; the one of that name is returned if there is one.

    Raises
    ------
    EntryRefused
        For a name that is none, or more portfolios than one investor may have.
    """
    name = checked_name(name)
    values = {"investor_number": investor.number, "changed_at": timezone.now(), "positions": []}
    known = Portfolio.objects.filter(investor=investor, name=name).first()
    if known is not None:
        return known
    if Portfolio.objects.filter(investor=investor).count() >= MOST_PORTFOLIOS:
        raise EntryRefused(f"{MOST_PORTFOLIOS} portfolios are the most one can have.", field="name")
    try:
        portfolio, _ = Portfolio.objects.get_or_create(
            investor=investor, name=name, defaults=values
        )
    except IntegrityError:  # the same investor, a moment earlier in another window
        portfolio = Portfolio.objects.get(investor=investor, name=name)
    return portfolio


def portfolio_for(*, investor):
    """The investor's portfolio, opened if there is none yet."""
    return portfolio_of(investor) or create_portfolio(investor=investor)


def rename_portfolio(*, portfolio, name):
    """Give a portfolio another name.

    Raises
    ------
    EntryRefused
        If the investor has one of that name already.
    """
    name = checked_name(name)
    others = Portfolio.objects.filter(investor_id=portfolio.investor_id, name=name)
    if others.exclude(pk=portfolio.pk).exists():
        raise EntryRefused(f"You have a portfolio named “{name}” already.", field="name")
    try:
        Portfolio.objects.filter(pk=portfolio.pk).update(name=name)
    except IntegrityError:
        raise EntryRefused(f"You have a portfolio named “{name}” already.", field="name") from None
    portfolio.name = name
    return portfolio


def checked_name(name):
    """A name without spaces around it; refused where nothing or too much is left."""
    name = " ".join(str(name).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise EntryRefused(f"A name has 1 to {LONGEST_NAME} characters.", field="name")
    return name
