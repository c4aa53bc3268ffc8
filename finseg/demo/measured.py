"""Generated customers as segmentation sees them, without a database, beside what they are."""

from dataclasses import replace

import numpy as np

from accounts.domain.questionnaire import score_answers
from accounts.domain.sectors import SECTORS, multi_hot, sector_mask
from finseg.demo.archetypes import ARCHETYPES
from finseg.demo.customers import make_customers
from portfolios.domain.columns import LedgerColumns
from segmentation.domain.behaviour import behaviour_columns
from segmentation.domain.clustering import fit_centroids, nearest_centroid
from segmentation.domain.declared import declared_columns
from segmentation.domain.features import BLOCKS, feature_dictionary
from segmentation.domain.ranks import rank_knots
from segmentation.domain.scaling import Scaler, transformed

_BACK = {"log10": lambda x: 10.0**x, "log1p": np.expm1, "identity": lambda x: x}


def measured_customers(count, *, seed, market, columns, otherwise):
    """Generate customers and measure them as the product does.

    Parameters
    ----------
    count, seed : int
    market : finseg.demo.behaviour.Market
        What they trade on.
    columns : segmentation.domain.behaviour.MarketColumns
        What is known of the same symbols on the last day.
    otherwise : float
        Share who declare what somebody else would have said.

    Returns
    -------
    values : ndarray of float64, shape (count, n_features)
        Columns of the feature dictionary.
    archetype : ndarray of int64, shape (count,)
        Place in `ARCHETYPES`.
    """
    said, kinds, trades = [], [], []
    place = {symbol: index for index, symbol in enumerate(market.symbols)}
    people = make_customers(
        count, seed=seed, market=market, n_sectors=len(SECTORS), otherwise=otherwise
    )
    for number, customer in enumerate(people):
        kinds.append(ARCHETYPES.index(customer.archetype))
        own = customer.declared
        score = score_answers(customer.answers).score
        mask = sector_mask([SECTORS[sector] for sector in own.sectors])
        said.append((own.annual_income, own.monthly_spending, score, mask))
        for trade in customer.trades:
            sign = 1.0 if trade.kind == "buy" else -1.0
            trades.append(
                (
                    number,
                    place[trade.symbol],
                    trade.day,
                    sign * float(trade.quantity),
                    float(trade.price),
                    trade.sequence in customer.by_plan,
                )
            )
    who, symbol, day, quantity, price, planned = zip(*trades, strict=True)
    ledger = LedgerColumns(
        number=np.array(who),
        symbol=np.array(symbol),
        symbols=market.symbols,
        day=np.array(day, "datetime64[D]"),
        quantity=np.array(quantity),
        price=np.array(price),
        charges=np.zeros(len(who)),
        is_sip=np.array(planned),
        is_trade=np.ones(len(who), bool),
    )
    income, spending, score, mask = (np.array(each) for each in zip(*said, strict=True))
    stated = declared_columns(
        annual_income=income, monthly_spending=spending, risk_score=np.asarray(score, float)
    )
    done = behaviour_columns(np.arange(count), ledger, columns, as_of=market.days[-1])
    main = np.column_stack(list((stated | done).values()))
    return np.hstack([main, multi_hot(mask)]), np.array(kinds)


def blurred(values, noise, *, seed):
    """Add noise to wealth and behaviour, in deviations of each transformed feature.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        Columns of the feature dictionary.
    noise : float
        1 blurs as much as customers differ.
    seed : int

    Returns
    -------
    ndarray of shape (n, n_features)
    """
    features = feature_dictionary(SECTORS)
    table = transformed(values, features)
    draw = np.random.default_rng(seed)
    out = values.copy()
    for place, feature in enumerate(features):
        if feature.block in ("wealth", "behaviour"):
            step = draw.normal(size=len(values)) * noise * np.nanstd(table[:, place])
            out[:, place] = _BACK[feature.transform](table[:, place] + step)
    return out


def divided_by_ranks(values, k, *, random_state):
    """K-Means as in a run, but with normal scores of ranks for every feature of behaviour.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        Columns of the feature dictionary.
    k, random_state : int

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    features = tuple(
        replace(feature, transform="rank", knots=rank_knots(values[:, place]))
        if feature.block == "behaviour"
        else feature
        for place, feature in enumerate(feature_dictionary(SECTORS))
    )
    scaler = Scaler.fit(values, features, {block.key: block.weight for block in BLOCKS})
    matrix = scaler.scale(transformed(values, features))
    return nearest_centroid(matrix, fit_centroids(matrix, k, random_state=random_state))
