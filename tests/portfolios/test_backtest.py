"""Backtests of value at risk: the tests against their published tables, the methods on history."""

from pathlib import Path

import numpy as np
import pytest

from portfolios.domain.backtest import backtest, judge, rolling_losses
from portfolios.domain.losses import loss
from portfolios.domain.risk import weighted_returns

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
real = pytest.mark.skipif(not (DATA / "nse").is_dir(), reason="real market history is not there")


def hits(days, count, *, together=False):
    series = np.zeros(days, bool)
    places = np.arange(count) + 10 if together else np.linspace(3, days - 3, count).astype(int)
    series[places] = True
    return series


@pytest.mark.parametrize(
    ("days", "tail", "low", "high"),
    [
        # Kupiec (1995), table 3: at 5 % significance not rejected while low < exceptions < high.
        # (The table has no lower bound for 255 days at 1 %; none at all gives a ratio of 5.13.)
        (255, 0.01, 0, 7),
        (510, 0.01, 1, 11),
        (1000, 0.01, 4, 17),
        (255, 0.05, 6, 21),
        (510, 0.05, 16, 36),
        (1000, 0.05, 37, 65),
    ],
)
def test_kupiecs_table(days, tail, low, high):
    passing = [x for x in range(0, 80) if judge(hits(days, x), tail).passes]
    assert (passing[0], passing[-1]) == (low + 1, high - 1)


def test_christoffersen_tells_clusters_from_the_same_number_apart():
    apart, together = judge(hits(1000, 50), 0.05), judge(hits(1000, 50, together=True), 0.05)
    assert apart.unconditional == together.unconditional == pytest.approx(1.0)
    assert together.independence < 1e-6 < apart.independence
    assert np.isnan(judge(np.zeros(500, bool), 0.05).independence)


def test_each_day_is_judged_by_the_days_before_it_alone():
    returns = np.random.default_rng(2).standard_t(6, 620) / 100
    for method in ("historical", "gaussian", "filtered"):
        rolling = rolling_losses(returns, method=method, level=0.95, window=500)
        alone = loss(returns[100:600], method=method, level=0.95).at_risk
        # A window of its own starts its volatility anew, which is forgotten after 500 days.
        assert rolling[100] == pytest.approx(alone, rel=3e-2 if method == "filtered" else 1e-6)
        changed = returns.copy()
        changed[600:] = 0.5  # what comes later decides nothing
        again = rolling_losses(changed, method=method, level=0.95, window=500)
        assert np.array_equal(again[:101], rolling[:101])


def test_too_little_history_is_not_judged():
    assert backtest(np.full(400, 0.01), method="filtered", level=0.95).days == 0


@pytest.fixture(scope="module")
def history():
    """NIFTY 50 and ten funds at their last disclosed weights, 2016 to 2025 and 500 days before."""
    import pandas as pd

    folder = DATA / "nse"
    index = pd.read_csv(folder / "indices_price.csv.gz")
    nifty = index[index["index"] == "NIFTY50"].set_index("date")["close"]
    nifty.index = pd.to_datetime(nifty.index)
    names = ["daily_adjusted_2015_2025", "daily_adjusted_nifty100_before_2015"]
    bars = pd.concat(
        pd.read_parquet(folder / f"{name}.parquet", columns=["symbol", "date", "adj_close"])
        for name in names
    )
    bars["date"] = pd.to_datetime(bars["date"])
    bars = bars[bars["date"] >= "2013-11-01"].drop_duplicates(["symbol", "date"])
    closes = bars.pivot(index="date", columns="symbol", values="adj_close")
    returns = closes[closes.index.isin(nifty.index)].pct_change(fill_method=None)
    funds = _ten_funds(pd, set(returns.columns))
    series = {"NIFTY 50": nifty.pct_change()}
    for name, weights in funds.items():
        daily = weighted_returns(returns[weights.index].to_numpy(), weights.to_numpy())
        series[name] = pd.Series(daily, returns.index)
    since = nifty.index[np.searchsorted(nifty.index, pd.Timestamp("2016-01-01")) - 500]
    return {name: each[each.index >= since].to_numpy() for name, each in series.items()}


def _ten_funds(pd, known):
    """The largest fund of each of ten kinds, and what it held in shares at its last disclosure."""
    folder = DATA / "mf_holdings"
    held = pd.read_parquet(folder / "holdings_2024-09_2025-12.parquet")
    held = held[(held["invdate"] == held["invdate"].max()) & (held["noshares"] > 0)]
    codes = pd.read_csv(folder / "stock_codes.csv").set_index("fincode")["symbol"]
    held = held.assign(symbol=held["fincode"].map(codes))
    held = held[held["symbol"].isin(known)]
    schemes = pd.read_parquet(folder / "schemes.parquet")
    schemes = schemes[schemes["invdate"] == schemes["invdate"].max()]
    kinds = "Flexi|Large Cap|Mid|Small Cap|Multi Cap|Value|Focused|ELSS|Dividend|Consumption"
    schemes = schemes[schemes["classification"].str.contains(kinds, regex=True)]
    largest = schemes.sort_values("aumtotal", ascending=False).drop_duplicates("classification")
    return {
        name: held[held["schemecode"] == code].groupby("symbol")["percent_aum"].sum()
        for name, code in zip(largest["s_name"][:10], largest["schemecode"][:10], strict=True)
    }


@real
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_the_headline_method_holds_on_the_index_and_on_ten_funds(history, level):
    judged = {
        name: backtest(returns, method="filtered", level=level) for name, returns in history.items()
    }
    assert judged["NIFTY 50"].days > 2400 and judged["NIFTY 50"].passes
    passed = [name for name, each in judged.items() if each.passes and name != "NIFTY 50"]
    assert len(judged) == 11 and len(passed) >= 9, judged


@real
def test_the_gaussian_fails_where_it_is_known_to(history):
    judged = [backtest(returns, method="gaussian", level=0.99) for returns in history.values()]
    assert not any(each.passes for each in judged)
