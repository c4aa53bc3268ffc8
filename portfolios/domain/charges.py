"""What a trade costs besides its price: brokerage, taxes and fees by dated tables."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from portfolios.domain.book import PAISA
from portfolios.domain.entries import TRADES, ZERO, Entry
from portfolios.domain.intraday import intraday_of

DATA = Path(__file__).resolve().parents[1] / "data"
RUPEE = Decimal(1)


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """What a broker takes.

    Attributes
    ----------
    key, label : str
    rate : Decimal
        Share of the amount; at most `cap` rupees an order (0: no cap), at least `minimum`.
    depository : Decimal
        Rupees for each stock sold on a day, before service tax.
    intraday_rate, intraday_cap, intraday_minimum : Decimal
        The same of shares bought and sold on one day.
    """

    key: str
    label: str
    rate: Decimal
    cap: Decimal
    minimum: Decimal
    depository: Decimal
    intraday_rate: Decimal
    intraday_cap: Decimal
    intraday_minimum: Decimal

    def brokerage(self, amount: Decimal, segment: str = "delivery") -> Decimal:
        """Brokerage of one order."""
        rate, cap, minimum = self.rate, self.cap, self.minimum
        if segment == "intraday":
            rate, cap, minimum = self.intraday_rate, self.intraday_cap, self.intraday_minimum
        asked = max(amount * rate, minimum)
        return min(asked, cap) if cap else asked


@dataclass(frozen=True, slots=True)
class Charges:
    """Rupees of each charge; `total` is what a contract note adds up to."""

    brokerage: Decimal = ZERO
    stt: Decimal = ZERO
    exchange: Decimal = ZERO
    ipft: Decimal = ZERO
    sebi: Decimal = ZERO
    stamp: Decimal = ZERO
    depository: Decimal = ZERO
    service_tax: Decimal = ZERO

    def __add__(self, other: Charges) -> Charges:
        return Charges(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def total(self) -> Decimal:
        return sum((getattr(self, each.name) for each in fields(self)), ZERO)

    @property
    def levies(self) -> Decimal:
        """All but the broker's own part."""
        return self.total - self.brokerage


@cache
def broker_plans() -> dict[str, BrokerPlan]:
    """Plans by key, the cheapest first."""
    with (DATA / "broker_plans.csv").open(encoding="utf-8") as file:
        return {
            row["key"]: BrokerPlan(
                row["key"],
                row["label"],
                *(Decimal(row[field.name]) for field in fields(BrokerPlan)[2:]),
            )
            for row in csv.DictReader(file)
        }


@cache
def _rates() -> dict[tuple[str, str, str], tuple[list[date], list[Decimal]]]:
    found: dict = defaultdict(lambda: ([], []))
    with (DATA / "charges.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            days, rates = found[row["item"], row["segment"], row["side"]]
            days.append(date.fromisoformat(row["from"]))
            rates.append(Decimal(row["rate"]))
    return dict(found)


def rate_on(item: str, segment: str, side: str, day: date) -> Decimal:
    """Rate of a charge on a day, zero where it was not levied (by this table).

    Parameters
    ----------
    item : {"stt", "stamp", "exchange", "ipft", "sebi", "service_tax"}
    segment : {"delivery", "intraday"}
    side : {"buy", "sell"}
    day : date
    """
    rates = _rates()
    days, values = rates.get((item, segment, side)) or rates.get((item, "any", "both")) or ([], [])
    at = bisect_right(days, day)
    return values[at - 1] if at else ZERO


def charges_of(
    side: str,
    amount: Decimal,
    day: date,
    *,
    plan: BrokerPlan,
    segment: str = "delivery",
    brokerage: Decimal | None = None,
) -> Charges:
    """Charges of one order of shares on NSE.

    Parameters
    ----------
    side : {"buy", "sell"}
    amount : Decimal
        Shares times price, rupees.
    day : date
    plan : BrokerPlan
    segment : {"delivery", "intraday"}
    brokerage : Decimal, optional
        What the broker takes, where the plan does not say it by amount and segment alone.

    Returns
    -------
    Charges
        Securities transaction tax and stamp duty to the rupee, as contract notes have them; the
        rest to the paisa. Service tax (GST) is on brokerage, exchange, SEBI and depository fees.

    Notes
    -----
    Rates are in portfolios/data/charges.csv with their sources. Stamp duty before July 2020 was
    the states' own and is not counted.
    """

    def levied(item: str, step: Decimal) -> Decimal:
        return (amount * rate_on(item, segment, side, day)).quantize(step, ROUND_HALF_UP)

    asked = plan.brokerage(amount, segment) if brokerage is None else brokerage
    brokerage = asked.quantize(PAISA, ROUND_HALF_UP)
    exchange, ipft, sebi = (levied(item, PAISA) for item in ("exchange", "ipft", "sebi"))
    depository = plan.depository if side == "sell" and segment == "delivery" else ZERO
    taxed = brokerage + exchange + ipft + sebi + depository
    return Charges(
        brokerage,
        levied("stt", RUPEE),
        exchange,
        ipft,
        sebi,
        levied("stamp", RUPEE),
        depository,
        (taxed * rate_on("service_tax", segment, side, day)).quantize(PAISA, ROUND_HALF_UP),
    )


def charges_of_order(
    side: str, delivered: Decimal, squared: Decimal, day: date, *, plan: BrokerPlan
) -> Charges:
    """Charges of one order of which a part was bought and sold on its day.

    Each part has its own rates. The broker's cap and minimum are the order's: the parts together
    pay no more than the whole would in the dearer of the two segments.

    Parameters
    ----------
    side : {"buy", "sell"}
    delivered, squared : Decimal
        Rupees of the two parts.
    day : date
    plan : BrokerPlan
    """
    parts = [(delivered, "delivery"), (squared, "intraday")]
    parts = [(amount, segment) for amount, segment in parts if amount]
    asked = [plan.brokerage(amount, segment) for amount, segment in parts]
    most = max((plan.brokerage(delivered + squared, segment) for _, segment in parts), default=ZERO)
    over = max(sum(asked, ZERO) - most, ZERO)
    return sum(
        (
            charges_of(
                side, amount, day, plan=plan, segment=segment,
                brokerage=own - over * amount / (delivered + squared),
            )
            for (amount, segment), own in zip(parts, asked, strict=True)
        ),
        Charges(),
    )  # fmt: skip


def depository_paid(entries: Sequence[Entry]) -> set[tuple[date, str]]:
    """Days and stocks for whose delivery a sale of a ledger has been charged already.

    The depository asks once for all that leaves the account of a stock on a day.
    """
    return {
        (entry.day, entry.symbol)
        for entry, inside in zip(entries, intraday_of(entries), strict=True)
        if entry.kind == "sell" and entry.charges and entry.quantity > inside
    }


def charges_of_trade(
    entry: Entry,
    intraday: Decimal,
    *,
    plan: BrokerPlan,
    paid: Collection[tuple[date, str]] = (),
) -> Charges:
    """Charges of a buy or sell of which some shares were bought and sold on its day.

    Parameters
    ----------
    entry : Entry
    intraday : Decimal
        Shares; see `intraday_of`.
    plan : BrokerPlan
    paid : collection of (date, str)
        Of `depository_paid`.
    """
    if (entry.day, entry.symbol) in paid:
        plan = replace(plan, depository=ZERO)
    delivered, squared = (entry.quantity - intraday) * entry.price, intraday * entry.price
    return charges_of_order(entry.kind, delivered, squared, entry.day, plan=plan)


def without_transaction_tax(entry: Entry, intraday: Decimal = ZERO) -> Entry:
    """The entry with securities transaction tax left out of its charges, as gains are taxed.

    The tax is not entered apart, so it is taken by the day's rate; never more than was charged.
    That of `intraday` shares stays: it is a cost of business (s. 36(1)(xv)).
    """
    if entry.kind not in TRADES or not entry.charges or entry.kind == "rights":
        return entry
    amount = (entry.quantity - intraday) * entry.price
    rate = rate_on("stt", "delivery", entry.kind, entry.day)
    levied = (amount * rate).quantize(RUPEE, ROUND_HALF_UP)
    return replace(entry, charges=max(entry.charges - levied, ZERO))
