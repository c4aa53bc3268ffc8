"""Derive stored positions from the ledger again."""

from portfolios.domain.ledger import book_of
from portfolios.ledgers import derived_from, differences, entries_of
from portfolios.services.writing import Plan, write_ledger
from portfolios.splits import known_splits


def rebuild_portfolio(*, portfolio) -> dict:
    """Derive positions and totals from the ledger again; returns what was wrong, by field."""
    wrong: dict = {}

    def plan_of(current, entries):
        wrong.clear()
        wrong.update(
            differences(current, derived_from(book_of(entries_of(current), known_splits())))
        )
        return Plan() if wrong else None

    write_ledger(portfolio, plan_of, even_closed=True)
    return wrong
