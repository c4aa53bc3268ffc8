"""Open and name portfolios; an investor may have several."""

from django.db import IntegrityError
from django.utils import timezone

from portfolios.models import Portfolio
from portfolios.services.writing import EntryRefused

LONGEST_NAME = 80
MOST_PORTFOLIOS = 20


def create_portfolio(*, investor, name="My portfolio"):
    """Open an empty portfolio; the one of that name is returned, opened again, if there is one.

    Raises
    ------
    EntryRefused
        For a name that is none, or more portfolios than one investor may have.
    """
    name = checked_name(name)
    values = {"investor_number": investor.number, "changed_at": timezone.now(), "positions": []}
    known = Portfolio.objects.filter(investor=investor, name=name).first()
    if known is not None:
        return reopen_portfolio(portfolio=known)
    if Portfolio.objects.filter(investor=investor).count() >= MOST_PORTFOLIOS:
        raise EntryRefused(f"{MOST_PORTFOLIOS} portfolios are the most one can have.", field="name")
    try:
        portfolio, _ = Portfolio.objects.get_or_create(
            investor=investor, name=name, defaults=values
        )
    except IntegrityError:  # the same investor, a moment earlier in another window
        portfolio = Portfolio.objects.get(investor=investor, name=name)
    return portfolio


def close_portfolio(*, portfolio):
    """Put a portfolio that holds nothing away; its ledger stays, and it can be opened again.

    Raises
    ------
    EntryRefused
        If it holds shares, or was written to meanwhile.
    """
    if portfolio.positions:
        count = len(portfolio.positions)
        raise EntryRefused(
            f"“{portfolio.name}” still holds {count} stock{'s' if count > 1 else ''}: sell or "
            "transfer the shares first."
        )
    now = timezone.now()
    # With another version, a write that is under way reads the ledger again and finds it closed.
    own = Portfolio.objects.filter(
        pk=portfolio.pk, ledger_version=portfolio.ledger_version, closed_at__isnull=True
    )
    if not own.update(closed_at=now, changed_at=now, ledger_version=portfolio.ledger_version + 1):
        raise EntryRefused("The portfolio was changed from somewhere else: try again.")
    portfolio.refresh_from_db()
    return portfolio


def reopen_portfolio(*, portfolio):
    """Open a closed portfolio again; an open one is left as it is."""
    if portfolio.closed_at is not None:
        now = timezone.now()
        Portfolio.objects.filter(pk=portfolio.pk).update(closed_at=None, changed_at=now)
        portfolio.refresh_from_db()
    return portfolio


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
