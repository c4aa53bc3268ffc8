"""Taking in companies' debts: from a source that is asked, and from a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from pymongo import UpdateOne

from market import queries
from market.domain.calendar import IST
from market.domain.debt_file import DebtFile, UnreadableFile, read_debts
from market.domain.debts import Debt
from market.models import CompanyDebt, DebtCheck, Source
from market.providers.base import DebtProvider, Problem, RateLimited
from market.services import bump_debt_version

CHUNK = 20
"""Companies asked between two writes: what was had is kept when the rest fails."""
LARGEST_FILE = 10 * 1024 * 1024
PASSING = frozenset({"rate_limited", "timeout", "unavailable"})
"""Problems of the source and not of the company: it is asked again on the next run."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a round of asking brought."""

    asked: int = 0
    stored: int = 0
    refused: int = 0
    left: int = 0


def store_debts(*, source: str, debts: Iterable[Debt]) -> int:
    """Insert or update records by company and day; returns how many were new or changed.

    A number of shares that is told again is still that of the day it was first told: a source that
    is late with a split would otherwise have it counted as already split.
    """
    now = datetime.now(UTC)
    operations = []
    for debt in debts:
        key = {"source": source, "symbol": debt.symbol, "as_of": _midnight(debt.as_of)}
        told = _midnight(debt.shares_as_of)
        same = {"$eq": ["$shares", debt.shares]}
        fields = {
            "total_debt": debt.total,
            "shares": debt.shares,
            "shares_as_of": {"$cond": [same, {"$min": ["$shares_as_of", told]}, told]},
            "origin": {"$literal": debt.origin},
            "stored_at": {"$ifNull": ["$stored_at", now]},
        }
        operations.append(UpdateOne(key, [{"$set": fields}], upsert=True))
    if not operations:
        return 0
    done = connection.get_collection(CompanyDebt._meta.db_table).bulk_write(
        operations, ordered=False
    )
    changed = done.upserted_count + done.modified_count
    if changed:
        bump_debt_version()
    return changed


def refresh_debts(provider: DebtProvider, symbols: Sequence[str]) -> Refreshed:
    """Ask for each company's debt, a few at a time, and keep what was told and what was not.

    Raises
    ------
    ProviderError
        If the source gave nothing, or asks for fewer requests; what was had before is stored, and
        the next round goes on with the others.
    """
    asked = stored = refused = left = 0
    for first in range(0, len(symbols), CHUNK):
        answer = provider.debts(symbols[first : first + CHUNK])
        lasting = [problem for problem in answer.problems if problem.kind not in PASSING]
        store_debts(source=provider.source, debts=answer.debts.values())
        _keep_checks(provider.source, answer.debts, lasting)
        asked += len(answer.debts) + len(answer.problems)
        stored += len(answer.debts)
        refused += len(lasting)
        left += len(answer.problems) - len(lasting)
        slower = [each for each in answer.problems if each.kind == RateLimited.kind]
        if slower:
            raise RateLimited(slower[0].detail)
    return Refreshed(asked, stored, refused, left)


def _keep_checks(source: str, debts: Iterable[str], problems: Iterable[Problem]) -> None:
    """Say of each company that it was asked for, and why there is nothing."""
    now = datetime.now(UTC)
    told = dict.fromkeys(debts, "") | {each.symbol: each.detail[:300] for each in problems}
    operations = [
        UpdateOne(
            {"source": source, "symbol": symbol},
            {"$set": {"checked_at": now, "problem": problem}},
            upsert=True,
        )
        for symbol, problem in told.items()
    ]
    if operations:
        connection.get_collection(DebtCheck._meta.db_table).bulk_write(operations, ordered=False)


def import_debts(*, path: Path, dry_run: bool = False) -> tuple[DebtFile, int]:
    """Store a file's debts unless it is a dry run; bad rows are left out and told.

    Returns
    -------
    DebtFile
    int
        Records that are new or changed; 0 in a dry run.

    Raises
    ------
    UnreadableFile
        If the file cannot be read at all; nothing was stored.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableFile("The file is larger than 10 MB.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("The file is not written in UTF-8.") from None
    except OSError as error:
        raise UnreadableFile(f"The file cannot be read: {error.strerror}.") from None
    facts = queries.instruments()
    names = {alias.upper(): each.symbol for each in facts for alias in each.aliases}
    names |= {each.symbol.upper(): each.symbol for each in facts}
    names |= {each.isin: each.symbol for each in facts if each.isin}
    today = datetime.now(UTC).astimezone(IST).date()
    found = read_debts(text, names, today=today)
    stored = 0 if dry_run else store_debts(source=Source.FILE.value, debts=found.debts)
    return found, stored


def _midnight(day) -> datetime:
    return datetime(day.year, day.month, day.day)
