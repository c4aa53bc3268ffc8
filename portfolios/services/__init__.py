"""Writes of portfolios; each module holds one use-case, these names are its doors."""

from portfolios.services.actions import (
    book_actions,
    book_due_dividends,
    due_dividends,
    restore_action,
    switch_dividends,
)
from portfolios.services.deciding import choose, forget_mapping, map_columns
from portfolios.services.entries import (
    book_with,
    delete_entry,
    dismiss_action,
    edit_entry,
    entry_from,
    record_entries,
    record_entry,
    record_trade,
)
from portfolios.services.erasing import erase_customer
from portfolios.services.importing import commit_import, doubts_seen, work_on
from portfolios.services.noting import change_note
from portfolios.services.opening import (
    close_portfolio,
    create_portfolio,
    rename_portfolio,
    reopen_portfolio,
)
from portfolios.services.points import store_points
from portfolios.services.rebuilding import rebuild_portfolio
from portfolios.services.staging import (
    ImportRefused,
    PricesInDoubt,
    forget_expired,
    forget_import,
    is_long,
    plan_of,
    sheets_of,
    stage_import,
)
from portfolios.services.undoing import undo_import
from portfolios.services.valuing import value_all_portfolios
from portfolios.services.writing import EntryRefused, PortfolioBusy

__all__ = [
    "EntryRefused",
    "ImportRefused",
    "PortfolioBusy",
    "PricesInDoubt",
    "book_actions",
    "book_due_dividends",
    "book_with",
    "change_note",
    "choose",
    "close_portfolio",
    "commit_import",
    "create_portfolio",
    "delete_entry",
    "dismiss_action",
    "doubts_seen",
    "due_dividends",
    "edit_entry",
    "entry_from",
    "erase_customer",
    "forget_expired",
    "forget_import",
    "forget_mapping",
    "is_long",
    "map_columns",
    "plan_of",
    "rebuild_portfolio",
    "record_entries",
    "record_entry",
    "record_trade",
    "rename_portfolio",
    "reopen_portfolio",
    "restore_action",
    "sheets_of",
    "stage_import",
    "store_points",
    "switch_dividends",
    "undo_import",
    "value_all_portfolios",
    "work_on",
]
