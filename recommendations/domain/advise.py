"""The whole way from investors' columns to the stocks each is shown, many at a time."""

from dataclasses import dataclass, field

import numpy as np

from accounts.domain.sectors import SECTORS
from recommendations.domain.amounts import BASES, bases, budgets, room_left, split
from recommendations.domain.choose import choose
from recommendations.domain.features import MarketFeatures
from recommendations.domain.ranking import WEIGHTS, Scores, score, volatility_change
from recommendations.domain.suitability import (
    LIMITS,
    REASONS,
    SUITABLE,
    TRIAL_SHARE,
    Limits,
    crowded_sectors,
    exclusion_codes,
)


@dataclass(frozen=True, eq=False)
class Investors:
    """Investors of one risk class and one segment, as columns.

    Attributes
    ----------
    numbers : ndarray of int64, shape (n,)
    annual_income, monthly_spending : ndarray of shape (n,)
        Rupees; NaN where not declared.
    sector_masks : ndarray of int64, shape (n,)
    values : ndarray of shape (n, n_stocks)
        Rupees held of each stock.
    dismissed : ndarray of bool, shape (n, n_stocks)
    """

    numbers: np.ndarray
    annual_income: np.ndarray
    monthly_spending: np.ndarray
    sector_masks: np.ndarray
    values: np.ndarray
    dismissed: np.ndarray


@dataclass(frozen=True)
class Pick:
    """One stock for one investor. `working` holds the figures its reasons are made of.

    `amount` is NaN where no budget is known, and `shares` 0 where one share is too dear.
    """

    symbol: str
    score: float
    expected_return: float
    volatility: float
    shares: int
    amount: float
    working: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """What one investor is shown."""

    number: int
    picks: tuple[Pick, ...]
    working: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Ranked:
    """Stocks screened, scored and chosen for investors of one risk class and segment.

    Attributes
    ----------
    codes : ndarray of int8, shape (n, n_stocks)
        See `suitability.exclusion_codes`.
    scores : Scores
    chosen : ndarray of int, shape (n, 5)
        Columns, best first; -1 where there is none.
    runner_up : ndarray of int, shape (n,)
    in_sector : ndarray of shape (n, n_stocks)
        Rupees held in each stock's sector.
    preferred : ndarray of bool, shape (n, n_stocks)
    budget : ndarray of shape (n,)
    basis : ndarray of int, shape (n,)
        What the budget rests on, see `amounts.BASES`.
    """

    codes: np.ndarray
    scores: Scores
    chosen: np.ndarray
    runner_up: np.ndarray
    in_sector: np.ndarray
    preferred: np.ndarray
    budget: np.ndarray
    basis: np.ndarray


def rank(
    features: MarketFeatures, investors: Investors, *, risk_class, peer_shares, weights=WEIGHTS
) -> Ranked:
    """Screen, score and choose; parameters as of `advise`."""
    limits = LIMITS[risk_class]
    names, sector_of = np.unique(features.sectors, return_inverse=True)
    totals = investors.values.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        holdings = np.where(totals[:, None] > 0, investors.values / totals[:, None], 0.0)
    by_sector = investors.values @ (sector_of[:, None] == np.arange(len(names)))
    known = investors.annual_income, investors.monthly_spending, totals
    budget = budgets(*known)
    codes = exclusion_codes(
        features,
        limits=limits,
        owned=investors.values > 0,
        dismissed=investors.dismissed,
        crowded=crowded_sectors(by_sector, budget, limits=limits)[:, sector_of],
    )
    preferred = preferred_stocks(features, investors.sector_masks)
    scores = score(
        features,
        holdings=holdings,
        preferred=preferred,
        peer_shares=peer_shares,
        weights=weights,
    )
    chosen, runner_up = choose(scores.total, codes == SUITABLE, features.sectors)
    return Ranked(
        codes,
        scores,
        chosen,
        runner_up,
        by_sector[:, sector_of],
        preferred,
        budget,
        bases(*known),
    )


def advise(
    features: MarketFeatures, investors: Investors, *, risk_class, peer_shares, weights=WEIGHTS
):
    """Choose, size and explain stocks for investors of one risk class and segment.

    Parameters
    ----------
    features : MarketFeatures
    investors : Investors
    risk_class : str
        The governing class, see `suitability.governing_class`.
    peer_shares : ndarray of shape (n_stocks,) or None
        Share of the segment's members who hold each stock.
    weights : dict of str to float
        What each part of the score counts.

    Returns
    -------
    list of Advice
        In the order of `investors`.
    """
    ranked = rank(
        features, investors, risk_class=risk_class, peer_shares=peer_shares, weights=weights
    )
    return [
        _explained(
            features,
            ranked,
            row,
            number=int(number),
            values=investors.values[row],
            peer_shares=peer_shares,
            risk_class=risk_class,
        )
        for row, number in enumerate(investors.numbers)
    ]


def preferred_stocks(features: MarketFeatures, sector_masks):
    """Tell which stocks are of a sector the investor prefers: bool of (n_investors, n_stocks)."""
    place = {name: bit for bit, name in enumerate(SECTORS)}
    bits = np.array([place.get(name, -1) for name in features.sectors], dtype=np.int64)
    asked = (np.asarray(sector_masks, dtype=np.int64)[:, None] >> np.maximum(bits, 0)) & 1
    return (asked == 1) & (bits >= 0)


def _explained(features, ranked: Ranked, row, *, number, values, peer_shares, risk_class):
    """Size one investor's stocks and write down the figures behind each."""
    limits, scores, budget = LIMITS[risk_class], ranked.scores, ranked.budget[row]
    columns = ranked.chosen[row][ranked.chosen[row] >= 0]
    in_sector, preferred = ranked.in_sector[row], ranked.preferred[row]
    total = values.sum()
    shares, amounts = _sized(features, columns, total, in_sector[columns], budget, limits)
    bought = np.where(shares > 0, amounts, 0.0)
    after = total + bought.sum()
    trial = np.where(bought > 0, bought / np.maximum(total + bought, 1.0), TRIAL_SHARE)
    own, together = scores.own[row], scores.together[row, columns]
    variances = features.covariance[columns, columns]
    before = np.sqrt(own) if own > 0 else np.nan
    changed = before + volatility_change(together, own, variances, share=trial)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = together / np.sqrt(own * variances)
    picks = [
        Pick(
            symbol=features.symbols[column],
            score=float(scores.total[row, column]),
            expected_return=float(features.expected_return[column]),
            volatility=float(features.volatility[column]),
            shares=int(shares[k]),
            amount=float(amounts[k]),
            working={
                "price": float(features.price[column]),
                "sector": str(features.sectors[column]),
                "preferred": bool(preferred[column]),
                "peers": None if peer_shares is None else float(peer_shares[column]),
                "momentum": _known(features.momentum[column]),
                "one_year": _known(features.one_year[column]),
                "drawdown": _known(features.drawdown[column]),
                "correlation": _known(correlation[k]),
                "volatility_after": _known(changed[k]),
                "trial_share": float(trial[k]),
                "sector_before": _ratio(in_sector[column], total),
                "sector_after": _ratio(in_sector[column] + bought[k], after),
                "parts": _parts(scores, row, column),
            },
        )
        for k, column in enumerate(columns)
    ]
    working = {
        "risk_class": risk_class,
        "left_out": _counts(ranked.codes[row]),
        "next": _named(features, scores, row, ranked.runner_up[row]),
        "limits": {
            "volatility": limits.volatility,
            "stock_share": limits.stock_share,
            "sector_share": limits.sector_share,
        },
        "budget": _known(budget),
        "basis": BASES[ranked.basis[row]],
        "value": float(total),
        "holdings": int((values > 0).sum()),
        "volatility_before": _known(before),
        "volatility_after": _volatility_with(features, values, columns, bought),
    }
    return Advice(number=number, picks=tuple(picks), working=working)


def _sized(features, columns, total, in_sector, budget, limits: Limits):
    if not len(columns):
        return np.zeros(0, dtype=int), np.zeros(0)
    base = total + budget
    return split(
        budget,
        volatility=features.volatility[columns],
        price=features.price[columns],
        traded_value=features.traded_value[columns],
        room=np.minimum(
            room_left(base, 0.0, share=limits.stock_share),
            room_left(base, in_sector, share=limits.sector_share),
        ),
    )


def _volatility_with(features, values, columns, bought):
    after = values.copy()
    after[columns] += bought
    some = np.flatnonzero(after)
    if not len(some):
        return None
    weights = after[some] / after[some].sum()
    return float(np.sqrt(weights @ features.covariance[np.ix_(some, some)] @ weights))


def _parts(scores, row, column):
    return {
        name: [
            float(part[row, column] if part.ndim == 2 else part[column]),
            float(scores.weights[name][row]),
        ]
        for name, part in scores.parts.items()
    }


def _counts(codes):
    counted = np.bincount(codes, minlength=len(REASONS) + 1)
    return {REASONS[code]: int(counted[code]) for code in REASONS if counted[code]}


def _named(features, scores, row, column):
    if column < 0:
        return None
    return {"symbol": features.symbols[column], "score": float(scores.total[row, column])}


def _ratio(part, whole):
    return float(part / whole) if whole > 0 else None


def _known(value):
    return float(value) if np.isfinite(value) else None
