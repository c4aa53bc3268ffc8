"""Which stock of ours a file means: by ISIN, symbol, former symbol, or company name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from market.domain.instruments import InstrumentFacts
from portfolios.domain.imports.candidates import Candidate
from portfolios.domain.imports.numbers import short

_SERIES = re.compile(r"-(EQ|BE|BZ|BL|SM|ST|T0|IL|RR|IV)$")
_MARKET = re.compile(r"^(NSE|BSE)[:_]|\.(NS|BO|NSE|BSE)$")
_MARKS = re.compile(r"[*#$]+$")
_FORM = re.compile(r"\b(LTD|LIMITED|LIMITE|LIMIT|LTD\.|CO|COMPANY|CORP|CORPORATION|THE)\b")
LEAST_PREFIX = 12
"""Letters that a name cut short must still have to be looked for."""


class Resolver:
    """Finds the symbol of a candidate.

    Parameters
    ----------
    facts : iterable of InstrumentFacts
    chosen : mapping of str to str
        What the investor said a name of the file is: `Candidate.label` to a symbol.
    """

    def __init__(self, facts: Iterable[InstrumentFacts], chosen: Mapping[str, str] | None = None):
        facts = [each for each in facts if each.kind == "equity"]
        self.symbols = {each.symbol for each in facts}
        self.chosen = dict(chosen or {})
        self._isins = {each.isin: each.symbol for each in facts if each.isin}
        self._aliases = {alias.upper(): each.symbol for each in facts for alias in each.aliases}
        self._names: dict[str, str] = {}
        self._forms: dict[str, set[str]] = {}
        for each in facts:
            self._names[_letters(each.name)] = each.symbol
            self._forms.setdefault(_core(each.name), set()).add(each.symbol)

    def symbol_of(self, candidate: Candidate) -> str:
        """The symbol, or an empty text where the stock is not known here.

        An ISIN stands above a symbol, which exchanges rename and give anew; where the symbol is
        another stock's today, nothing is taken for either. A BSE code says
        nothing here: there is no table of them, and the company's name beside it is used. Files
        have symbols below "Company" and companies below "Scrip": each is looked for as the other,
        too.
        """
        chosen = self.chosen.get(candidate.label, "")
        by_isin = self._isins.get(candidate.isin, "")
        if self._other_by_symbol(candidate):
            return chosen if chosen in self.symbols else ""
        if by_isin and self._by_symbol(candidate.symbol) == by_isin:
            return by_isin  # what was chosen is for rows of that name that say something else
        if chosen in self.symbols:
            return chosen
        if by_isin:
            return by_isin
        # Funds have ISINs of their own, and symbols that a company may have as well.
        if candidate.isin.startswith("INF"):
            return ""
        return (
            self._by_symbol(candidate.symbol)
            or self._by_name(candidate.name)
            or self._by_symbol(candidate.name)
            or self._by_name(candidate.symbol)
        )

    def is_named(self, candidate: Candidate) -> bool:
        """Whether nothing but the name of a company says which stock a candidate is.

        A symbol in the place of a name counts as one only in capitals: "Star" may be a company.
        """
        if candidate.isin in self._isins:
            return False
        in_capitals = candidate.name if candidate.name.isupper() else ""
        return not (self._by_symbol(candidate.symbol) or self._by_symbol(in_capitals))

    def why_not(self, candidate: Candidate) -> str:
        """Why a candidate's stock is not known, in a sentence."""
        label = f"“{short(candidate.label)}”"
        if candidate.isin.startswith("INF"):
            return f"{label} is a fund by its ISIN, and no share."
        if other := self._other_by_symbol(candidate):
            own = self._isins[candidate.isin]
            return (
                f"The symbol is that of {other}, and the ISIN {candidate.isin} that of {own}: say "
                "which stock is meant."
            )
        if candidate.symbol or candidate.isin:
            return f"{label} is not a stock known here."
        code = f" with BSE code {short(candidate.code, 12)}" if candidate.code else ""
        return f"{label}{code} is no company name known here: say which stock it is."

    def _other_by_symbol(self, candidate: Candidate) -> str:
        """The stock whose own symbol a row has beside the ISIN of another; mostly none."""
        if candidate.isin not in self._isins:
            return ""
        own = next((each for each in _spellings(candidate.symbol) if each in self.symbols), "")
        return own if own != self._isins[candidate.isin] else ""

    def _by_symbol(self, text: str) -> str:
        for symbol in _spellings(text):
            if symbol in self.symbols:
                return symbol
            if symbol in self._aliases:
                return self._aliases[symbol]
        return ""

    def _by_name(self, name: str) -> str:
        if not name:
            return ""
        letters = _letters(name)
        if letters in self._names:
            return self._names[letters]
        if name.strip().upper() in self._aliases:
            return self._aliases[name.strip().upper()]
        same = self._forms.get(_core(name), set())
        if len(same) == 1:
            return next(iter(same))
        # Reports cut names off, at 30 letters for one.
        if len(letters) < LEAST_PREFIX:
            return ""
        begun = {s for known, s in self._names.items() if known.startswith(letters)}
        return next(iter(begun)) if len(begun) == 1 else ""


def _spellings(text: str) -> tuple[str, str]:
    """A symbol as exchanges write it, with and without its series."""
    text = _MARKS.sub("", _MARKET.sub("", text.strip().upper()))
    return text, _SERIES.sub("", text)


def _letters(name: str) -> str:
    name = name.upper().replace("&", " AND ").replace("LIMITED", "LTD")
    return re.sub(r"[^A-Z0-9]", "", name)


def _core(name: str) -> str:
    """A company's name without its legal form and the words that are left out as often."""
    words = re.sub(r"[^A-Z0-9 ]", " ", name.upper().replace("&", " AND "))
    return re.sub(r"\s+", "", _FORM.sub(" ", words)) or _letters(name)
