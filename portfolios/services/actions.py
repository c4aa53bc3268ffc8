"""Book the market's corporate actions in the ledgers of those who held the stock."""

import logging
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from market.queries import corporate_actions, feed_state
from portfolios.domain.entries import ZERO, Entry
from portfolios.domain.splits import SAME_ACTION, factor
from portfolios.ledgers import ledger_of
from portfolios.models import BookedAction, Origin, Portfolio, Transaction
from portfolios.services.writing import EntryRefused, Plan, booked, write_ledger
from portfolios.splits import SPLIT, known_splits, lacking, with_splits

DIVIDEND = "dividend"
STEP = Decimal("0.0001")

logger = logging.getLogger(__name__)


def book_actions() -> int:
    """Book splits, bonus issues and dividends that came since last time; may run twice.

    Splits and bonus issues are booked with any write of a ledger as well (`write_ledger`).

    Returns
    -------
    int
        Portfolios whose ledger changed.
    """
    state = feed_state()
    if state is None:
        return 0
    keys = {
        key_of(state.source, action): action for action in corporate_actions(source=state.source)
    }
    done = set(BookedAction.objects.filter(key__in=list(keys)).values_list("key", flat=True))
    news = {key: action for key, action in keys.items() if key not in done}
    if not news:
        return 0
    changed = sum(_book(portfolio, news.values()) for portfolio in _holders(news.values()))
    now = timezone.now()
    BookedAction.objects.bulk_create(
        [
            BookedAction(key=key, symbol=action.symbol, ex_date=action.ex_date, at=now)
            for key, action in news.items()
        ]
    )
    return changed


def key_of(source, action) -> str:
    """What marks an action of a source as looked through all ledgers."""
    return f"{source} {action.action} {action.symbol} {action.ex_date} {action.value:g}"


def dividend_entry(action, splits) -> Entry:
    """A dividend of the market as an entry: so many rupees a share, as it was paid on the day."""
    # Vendors adjust dividends for later splits, as they do prices.
    scale = float(factor(splits.get(action.symbol, ()), action.ex_date))
    return Entry(
        "dividend",
        action.symbol,
        ZERO,
        ZERO,
        action.ex_date,
        fair=Decimal(action.value * scale).quantize(STEP),
        action=f"dividend {action.symbol} {action.ex_date} {action.value:g}",
    )


def due_dividends(portfolio) -> list[Entry]:
    """Dividends the market reports for shares held on their day, that the ledger lacks."""
    if feed_state() is None:
        return []
    entries = ledger_of(portfolio).entries
    return _due(_dividends_of(entries), entries, portfolio.dismissed)


def book_due_dividends(portfolio) -> int:
    """Book those of `due_dividends`; returns how many."""

    def plan_of(current, stored):
        entries = list(stored.values())
        due = _due(_dividends_of(entries), entries, current.dismissed)
        return Plan(added=_marked(due)) if due else None

    written = write_ledger(portfolio, plan_of)
    return sum(row.kind == DIVIDEND for row in written.added) if written else 0


def switch_dividends(portfolio, on) -> None:
    """Book dividends the market reports from now on, or leave them to the investor."""
    Portfolio.objects.filter(pk=portfolio.pk).update(book_dividends=bool(on))


def restore_action(portfolio, action) -> bool:
    """Book an action of the market after all that was dismissed.

    Returns
    -------
    bool
        Whether the ledger has an entry more; the market may not report it any longer, or no
        shares were held on its day.
    """

    def plan_of(current, stored):
        if action not in current.dismissed:
            return None
        left = [each for each in current.dismissed if each != action]
        entries = list(stored.values())
        due = [e for e in _due(_dividends_of(entries), entries, left) if e.action == action]
        return Plan(added=_marked(due), portfolio={"dismissed": left})

    written = write_ledger(portfolio, plan_of)
    return written is not None and any(row.action == action for row in written.added)


def _dividends_of(entries):
    symbols = {name for entry in entries for name in (entry.symbol, entry.into) if name}
    found = corporate_actions(sorted(symbols)) if symbols else []
    return [action for action in found if action.action == DIVIDEND]


def _due(dividends, entries, dismissed) -> list[Entry]:
    """Entries for dividends that a ledger lacks, of shares held on the day."""
    concerned, splits = _by_stock(entries), known_splits()
    missing = [
        entry
        for entry in (dividend_entry(d, splits) for d in dividends if d.symbol in concerned)
        if _is_due(entry, concerned[entry.symbol], dismissed)
    ]
    if not missing:
        return []
    effects = booked(with_splits([*entries, *missing], dismissed)).effects
    paid = {effect.entry.action for effect in effects if effect.held and effect.entry.action}
    return [entry for entry in missing if entry.action in paid]


def _by_stock(entries) -> dict[str, list[Entry]]:
    """Entries by each stock that they name."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        for symbol in {entry.symbol, entry.into} - {""}:
            found.setdefault(symbol, []).append(entry)
    return found


def _marked(entries):
    return [(entry, {"origin": Origin.MARKET}) for entry in entries]


def _holders(actions):
    """Portfolios with entries in a stock before one of its actions."""
    latest: dict = {}
    for action in actions:
        latest[action.symbol] = max(action.ex_date, latest.get(action.symbol, action.ex_date))
    traded = Transaction.objects.filter(
        symbol__in=list(latest), trade_date__lt=max(latest.values())
    )
    keys = set(traded.order_by().values_list("portfolio_id", flat=True).distinct())
    received = Transaction.objects.filter(into__in=list(latest))
    keys |= set(received.order_by().values_list("portfolio_id", flat=True).distinct())
    return Portfolio.objects.filter(pk__in=keys).iterator(500)


def _book(portfolio, actions) -> bool:
    dividends = [action for action in actions if action.action == DIVIDEND]
    has_splits = any(action.action == SPLIT for action in actions)

    def plan_of(current, entries):
        plan = Plan()
        if current.book_dividends:
            plan.added = _marked(_due(dividends, list(entries.values()), current.dismissed))
        return plan if plan.added or (has_splits and _lacks_split(current, entries)) else None

    try:
        return write_ledger(portfolio, plan_of, even_closed=True) is not None
    except EntryRefused:
        logger.exception("Corporate actions leave portfolio %s short of shares", portfolio.pk)
        return False


def _is_due(dividend, own, dismissed) -> bool:
    """Whether a dividend concerns a ledger and is in it neither from the market nor by hand.

    `own` are the entries that name its stock.
    """
    if dividend.action in dismissed:
        return False
    if not any(entry.day < dividend.day for entry in own):
        return False
    return not any(
        entry.kind == "dividend"
        and (entry.action == dividend.action or _same_dividend(entry, dividend))
        for entry in own
    )


def _same_dividend(entry, dividend) -> bool:
    """Whether an entry by hand is the market's: it is paid up to two months after the ex-date."""
    late = entry.day - dividend.day
    return not entry.action and -SAME_ACTION <= late <= timedelta(days=60)


def _lacks_split(portfolio, entries) -> bool:
    return bool(lacking(list(entries.values()), portfolio.dismissed)[0])
