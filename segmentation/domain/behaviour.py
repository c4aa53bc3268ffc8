"""Behaviour revealed by the ledger, for all customers at once.

Every figure is a sum, a cumulated sum or a sparse product over whole columns;
nothing loops over customers, so that a hundred thousand of them take seconds
and a single one, whose trades just changed, takes milliseconds.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segmentation.domain.lots import fifo_lots, weighted_median

DAYS_A_MONTH = 365.25 / 12
DAYS_A_YEAR = 365.25
SESSIONS_A_YEAR = 252
MIN_SESSIONS = 60
FALL = -0.05
_CUSTOMERS_AT_ONCE = 20_000


@dataclass(frozen=True)
class MarketColumns:
    """What the market knows of the ledger's instruments, aligned with its symbols.

    Attributes
    ----------
    last_price : ndarray of float64, shape (n_symbols,)
        Last known close, rupees; NaN where the instrument has no price.
    is_small : ndarray of bool, shape (n_symbols,)
        Small and micro caps.
    returns : ndarray of float64, shape (n_sessions, n_symbols)
        Daily simple returns, oldest first; NaN where unknown.
    fall_months : ndarray of datetime64[M]
        Months in which the benchmark lost 5 % or more.
    """

    last_price: np.ndarray
    is_small: np.ndarray
    returns: np.ndarray
    fall_months: np.ndarray


def fall_months(dates, close, *, fall=FALL):
    """Months whose last close lies `fall` or more under the last close of the month before.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (n_days,)
        Sessions, oldest first.
    close : ndarray of float64, shape (n_days,)
        Levels of the benchmark; NaN days are skipped.
    fall : float
        Negative fraction.

    Returns
    -------
    ndarray of datetime64[M]
        Only months that follow directly on another known month.
    """
    known = np.isfinite(close)
    months, close = dates[known].astype("datetime64[M]"), np.asarray(close, float)[known]
    if len(months) == 0:
        return np.zeros(0, "datetime64[M]")
    last = np.r_[months[1:] != months[:-1], True]
    months, close = months[last], close[last]
    change = close[1:] / close[:-1] - 1
    follows = np.diff(months) == np.timedelta64(1, "M")
    # A month of exactly -5 % counts, whatever the last binary digit says.
    return months[1:][follows & (change <= fall + 1e-12)]


def behaviour_columns(numbers, ledger, market, *, as_of):
    """Compute wealth and behaviour of customers from their trades.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n_customers,)
        Customers asked for, ascending; trades of others are left out.
    ledger : LedgerColumns
        Equal-length columns `number`, `symbol` (index), `day` (datetime64[D]),
        `quantity` (signed shares), `price` (rupees), `is_sip`, `is_trade`. Shares that came or
        went otherwise, by a transfer or a merger, are held and no behaviour.
    market : MarketColumns
        Aligned with the ledger's symbol index.
    as_of : datetime64[D]
        Day of the look; later trades are left out.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_customers,)
        `portfolio_value`, `trades_per_month`, `turnover`,
        `median_holding_days`, `small_cap_share`, `effective_holdings`,
        `volatility_held`, `falls_net_buying`, `sip_share`; NaN where unknown
        (the feature dictionary says when).
    """
    n, n_symbols = len(numbers), len(market.last_price)
    as_of = np.datetime64(as_of, "D")
    today = int(as_of.astype(np.int64))
    owner = np.minimum(np.searchsorted(numbers, ledger.number), max(n - 1, 0))
    mine = (ledger.day <= as_of) & (ledger.quantity != 0)
    mine &= (numbers[owner] == ledger.number) if n else False
    owner = owner[mine].astype(np.int64)
    symbol = ledger.symbol[mine].astype(np.int64)
    day = ledger.day[mine].astype("datetime64[D]").astype(np.int64)
    quantity, price = ledger.quantity[mine], ledger.price[mine]
    acted = ledger.is_trade[mine]
    amount = np.where(acted, quantity * price, 0.0)

    def total(weights):
        return np.bincount(owner, weights, minlength=n)

    started = np.full(n, today + 1, np.int64)
    np.minimum.at(started, owner, day)
    traded = started <= today
    # A first month counts whole: two trades on the first day are two a month, not sixty.
    days = np.maximum(today - started + 1, DAYS_A_MONTH)
    bought, sold = total(np.maximum(amount, 0.0)), total(np.maximum(-amount, 0.0))

    lots = fifo_lots(owner * n_symbols + symbol, day, quantity, price, as_of=today)
    lot_owner = lots.group // max(n_symbols, 1)
    age = (lots.ended - lots.bought).astype(float)
    held_for = np.bincount(lot_owner, lots.cost * (age + 1), minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        average_cost = held_for / days
        turnover = np.minimum(bought, sold) / average_cost * (DAYS_A_YEAR / days)
        sip = total(np.where(ledger.is_sip[mine], np.maximum(amount, 0.0), 0.0)) / bought
        per_month = total(acted) / (days / DAYS_A_MONTH)
    holdings = _holdings(lots, lot_owner, n, market)
    return {
        "portfolio_value": holdings["value"],
        "trades_per_month": np.where(traded, per_month, np.nan),
        "turnover": np.where(traded & (average_cost > 0), turnover, np.nan),
        "median_holding_days": weighted_median(lot_owner, age, lots.cost, n),
        "small_cap_share": holdings["small_cap_share"],
        "effective_holdings": holdings["effective_holdings"],
        "volatility_held": holdings["volatility_held"],
        "falls_net_buying": _net_buying(owner, day, amount, started, market.fall_months, today, n),
        "sip_share": np.where(bought > 0, sip, np.nan),
    }


def _net_buying(owner, day, amount, started, months, today, n):
    """Net purchases over all trades in the months of falls; 0 for one who sat them out."""
    month = day.astype("datetime64[D]").astype("datetime64[M]")
    in_fall = np.isin(month, months)
    net = np.bincount(owner[in_fall], amount[in_fall], minlength=n)
    gross = np.bincount(owner[in_fall], np.abs(amount[in_fall]), minlength=n)
    past = months[months <= np.datetime64(today, "D").astype("datetime64[M]")]
    if len(past) == 0:
        return np.full(n, np.nan)
    since = started.astype("datetime64[D]").astype("datetime64[M]")
    lived_through = since <= past.max()
    ratio = np.divide(net, gross, out=np.zeros(n), where=gross > 0)
    return np.where(lived_through, ratio, np.nan)


def _holdings(lots, lot_owner, n, market):
    """Value, small-cap share, effective number and volatility of what is held now."""
    n_symbols = len(market.last_price)
    symbol = lots.group % max(n_symbols, 1)
    # A holding without any price cannot be valued and weighs nothing.
    worth = np.where(lots.held, lots.quantity * np.nan_to_num(market.last_price[symbol]), 0.0)
    held = sparse.csr_matrix(
        (worth[worth > 0], (lot_owner[worth > 0], symbol[worth > 0])), shape=(n, n_symbols)
    )
    value = np.asarray(held.sum(axis=1)).ravel()
    small = held @ market.is_small.astype(float)
    squares = np.asarray(held.multiply(held).sum(axis=1)).ravel()
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "value": value,
            "small_cap_share": np.where(value > 0, small / value, np.nan),
            "effective_holdings": np.where(value > 0, value**2 / squares, np.nan),
            "volatility_held": _volatility(held, value, market.returns),
        }


def _volatility(held, value, returns):
    """Annualised deviation of today's holdings over the sessions given.

    A session counts where at least half the value has a known return; the known
    part stands for the whole.
    """
    n = held.shape[0]
    volatility = np.full(n, np.nan)
    known = np.isfinite(returns)
    if returns.shape[0] < MIN_SESSIONS:
        return volatility
    move = np.where(known, returns, 0.0).T.astype(np.float32)
    seen = known.T.astype(np.float32)
    complete = bool(known.all())
    for start in range(0, n, _CUSTOMERS_AT_ONCE):
        part = slice(start, start + _CUSTOMERS_AT_ONCE)
        weights = held[part].astype(np.float32)
        whole = value[part, None].astype(np.float32)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = 1.0 if complete else (weights @ seen) / whole
            daily = (weights @ move) / whole / share
            daily = np.where(np.asarray(share) >= 0.5, daily, np.nan)
            usable = np.isfinite(daily)
            count = usable.sum(axis=1)
            filled = np.where(usable, daily, 0.0)
            mean = filled.sum(axis=1) / count
            spread = np.where(usable, daily - mean[:, None], 0.0)
            deviation = np.sqrt((spread.astype(np.float64) ** 2).sum(axis=1) / (count - 1))
        volatility[part] = np.where(
            count >= MIN_SESSIONS, deviation * np.sqrt(SESSIONS_A_YEAR), np.nan
        )
    return volatility
