"""Bare facts that ship with the project: who is listed, which indices there are."""

import csv
from functools import lru_cache

from market.domain.calendar import DATA_DIR
from market.domain.instruments import InstrumentFacts


@lru_cache(maxsize=1)
def equities() -> tuple[InstrumentFacts, ...]:
    """Constituents of the NIFTY Total Market index, now or lately, in order of symbol."""
    with (DATA_DIR / "instruments.csv").open(encoding="utf-8") as handle:
        return tuple(
            InstrumentFacts(
                symbol=row["symbol"],
                name=row["name"],
                isin=row["isin"],
                sector=row["sector"],
                cap_class=row["cap_class"],
                aliases=tuple(filter(None, row["aliases"].split("|"))),
            )
            for row in csv.DictReader(handle)
        )


@lru_cache(maxsize=1)
def _index_rows() -> tuple[dict[str, str], ...]:
    with (DATA_DIR / "indices.csv").open(encoding="utf-8") as handle:
        return tuple(csv.DictReader(handle))


def indices() -> tuple[InstrumentFacts, ...]:
    """The benchmark indices, NIFTY 50 first."""
    return tuple(
        InstrumentFacts(row["symbol"], row["name"], sector=row["sector"], kind="index")
        for row in _index_rows()
    )


def index_constituents() -> dict[str, tuple[str, ...]]:
    """Symbols an index is made of, by index symbol; the simulated market computes it from them."""
    return {row["symbol"]: tuple(row["constituents"].split()) for row in _index_rows()}


def yahoo_symbols() -> dict[str, str]:
    """Yahoo's symbol by ours: an index has its own, an equity takes the suffix of the NSE."""
    named = {row["symbol"]: row["yahoo_symbol"] for row in _index_rows()}
    return named | {facts.symbol: f"{facts.symbol}.NS" for facts in equities()}
