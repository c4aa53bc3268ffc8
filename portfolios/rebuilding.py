"""Writes that derive stored positions from the ledger again."""

import logging

from django.db.models import Q
from django.utils import timezone

from portfolios.broadcast import announce_change
from portfolios.domain.ledger import LedgerError, book_of
from portfolios.ledgers import derived_from, differences, trades_of
from portfolios.models import AppliedSplit, Portfolio, Transaction
from portfolios.services import ATTEMPTS, PortfolioBusy
from portfolios.splits import known_splits

logger = logging.getLogger(__name__)


def rebuild_portfolio(*, portfolio):
    """Derive positions and totals from the ledger again; returns what was wrong, by field."""
    for _ in range(ATTEMPTS):
        current = Portfolio.objects.get(pk=portfolio.pk)
        derived = derived_from(book_of(trades_of(current)))
        wrong = differences(current, derived)
        if not wrong:
            return {}
        kept = Portfolio.objects.filter(pk=current.pk, ledger_version=current.ledger_version)
        # A new version refuses whoever is about to write what the ledger gave a moment ago.
        version = current.ledger_version + 1
        if kept.update(ledger_version=version, changed_at=timezone.now(), **derived):
            announce_change(current.investor_number)
            return wrong
    raise PortfolioBusy


def apply_splits():
    """Bring stored positions up to splits that came, or went with their source, since last time.

    Returns
    -------
    int
        Portfolios whose positions changed. May run twice.
    """
    known = {
        (symbol, split.ex_date, str(split.ratio))
        for symbol, splits in known_splits().items()
        for split in splits
    }
    applied = set(AppliedSplit.objects.values_list("symbol", "ex_date", "ratio"))
    news = known ^ applied
    if not news:
        return 0
    latest = max(day for _, day, _ in news)
    traded = Transaction.objects.filter(
        symbol__in={symbol for symbol, _, _ in news},
        trade_date__lt=latest,
    ).filter(Q(counted_on=None) | Q(counted_on__lt=latest))
    keys = set(traded.order_by().values_list("portfolio_id", flat=True).distinct())
    changed = 0
    for portfolio in Portfolio.objects.filter(pk__in=keys):
        try:
            changed += bool(rebuild_portfolio(portfolio=portfolio))
        except LedgerError:
            logger.exception("A split leaves a sale of portfolio %s short of shares", portfolio.pk)
    for symbol, day, ratio in applied - known:
        AppliedSplit.objects.filter(symbol=symbol, ex_date=day, ratio=ratio).delete()
    AppliedSplit.objects.bulk_create(
        [AppliedSplit(symbol=s, ex_date=day, ratio=ratio) for s, day, ratio in known - applied]
    )
    return changed
