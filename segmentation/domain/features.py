"""The dictionary of features: what is measured of a customer, and why.

Everything a page, a run or a test needs to know about a feature is data in
this module; the numbers themselves are computed in `declared` and `behaviour`.
"""

from dataclasses import dataclass

SECTOR_PREFIX = "sector_"


@dataclass(frozen=True)
class Block:
    """A group of features that share one weight in the distance.

    Attributes
    ----------
    key, label : str
    weight : float
        Factor on the block after its first singular value is divided out.
    why : str
    """

    key: str
    label: str
    weight: float
    why: str


@dataclass(frozen=True)
class Feature:
    """One measured property of a customer.

    Attributes
    ----------
    key, label : str
    block : str
        Key of the `Block` it belongs to.
    unit : {"rupees", "share", "score", "per_month", "times_a_year", "days", "number", "flag"}
        Unit of the raw value; tells pages how to print it. "amount" is a number of any size.
    transform : {"log10", "log1p", "identity", "rank"}
        Taken before clipping and scaling. "rank" reads normal scores off the `knots`.
    floor : float
        Smallest raw value told apart; smaller known values count as this one.
    why : str
        Why it is measured and why it is transformed so.
    missing : str
        When it is unknown, and what then happens.
    more, less : str
        Adjectives for a segment that lies above or below the average customer.
    knots : tuple of float
        Quantiles at every per cent, of a feature whose transform is "rank".
    """

    key: str
    label: str
    block: str
    unit: str
    transform: str
    floor: float
    why: str
    missing: str
    more: str
    less: str
    knots: tuple[float, ...] = ()

    @property
    def unit_in_words(self) -> str:
        """What the raw value is counted in."""
        return UNITS[self.unit]

    @property
    def transform_in_words(self) -> str:
        """How it enters the distance, before clipping and scaling."""
        return TRANSFORMS[self.transform]


UNITS = {
    "rupees": "rupees",
    "share": "share, in per cent",
    "score": "points, 0 to 100",
    "per_month": "times a month",
    "times_a_year": "times a year",
    "days": "days",
    "number": "a number",
    "flag": "yes or no",
}
TRANSFORMS = {
    "log10": "its logarithm: equal ratios count equally",
    "log1p": "the logarithm of one more: equal ratios count equally, and zero is allowed",
    "rank": "its rank among customers, spread as a normal curve",
    "identity": "as it is",
}

BLOCKS = (
    Block("declared", "What they declare", 1.0, "Profile and questionnaire, as stated."),
    Block(
        "sectors",
        "Sectors they prefer",
        0.25,
        "A quarter: ticked boxes hardly go together, so their spread lies in many directions of "
        "which the first singular value sees only one. So weighted, it is about the others'.",
    ),
    Block("wealth", "What they own", 1.0, "The size of the portfolio, apart from how it is run."),
    Block("behaviour", "How they invest", 1.0, "Revealed by the ledger, whatever is declared."),
)

_IMPUTED = "The median of all customers stands in, and the block's share of unknowns says so."

_MAIN = (
    Feature(
        "annual_income",
        "Annual income",
        "declared",
        "rupees",
        "log10",
        10_000.0,
        "What a customer could invest. Incomes are heavy-tailed: equal ratios count equally.",
        f"Not stated, or not positive. {_IMPUTED}",
        "high-earning",
        "modest-income",
    ),
    Feature(
        "savings_rate",
        "Savings rate",
        "declared",
        "share",
        "identity",
        -1.0,
        "Share of income not spent: what is left to invest, whatever the income.",
        f"Income or spending not stated. {_IMPUTED}",
        "thrifty",
        "low-saving",
    ),
    Feature(
        "risk_score",
        "Stated risk score",
        "declared",
        "score",
        "identity",
        0.0,
        "Willingness to bear losses by the ten-question questionnaire, 0 to 100.",
        f"Questionnaire not answered. {_IMPUTED}",
        "bold",
        "cautious",
    ),
    Feature(
        "portfolio_value",
        "Portfolio value",
        "wealth",
        "rupees",
        "log10",
        1_000.0,
        "Holdings at the last close. Heavy-tailed, so equal ratios count equally.",
        "Never unknown: a customer without holdings has none, and counts with the floor of ₹1,000.",
        "affluent",
        "small-balance",
    ),
    Feature(
        "trades_per_month",
        "Trades a month",
        "behaviour",
        "per_month",
        "log1p",
        0.0,
        "Ledger entries a month since the first trade. Counts are heavy-tailed.",
        f"No trade yet. {_IMPUTED}",
        "active",
        "hands-off",
    ),
    Feature(
        "turnover",
        "Turnover",
        "behaviour",
        "times_a_year",
        "log1p",
        0.0,
        "Lesser of purchases and sales, a year, over the average cost held: how often the "
        "portfolio is exchanged. Heavy-tailed.",
        f"No trade yet. {_IMPUTED}",
        "high-turnover",
        "low-turnover",
    ),
    Feature(
        "median_holding_days",
        "Holding period",
        "behaviour",
        "days",
        "log1p",
        0.0,
        "Median age, by cost, of lots sold (first in, first out) and of lots still held. "
        "Durations are heavy-tailed.",
        f"No trade yet. {_IMPUTED}",
        "patient",
        "short-term",
    ),
    Feature(
        "small_cap_share",
        "Small-cap share",
        "behaviour",
        "share",
        "identity",
        0.0,
        "Share of the holdings' value in small and micro caps.",
        f"Nothing held. {_IMPUTED}",
        "small-cap",
        "large-cap",
    ),
    Feature(
        "effective_holdings",
        "Effective number of holdings",
        "behaviour",
        "number",
        "log10",
        1.0,
        "One over the sum of squared weights: ten stocks of which one weighs 90 % are hardly "
        "more than one. Ratios count equally.",
        f"Nothing held. {_IMPUTED}",
        "diversified",
        "concentrated",
    ),
    Feature(
        "volatility_held",
        "Volatility held",
        "behaviour",
        "share",
        "identity",
        0.0,
        "Deviation a year of today's holdings over the last 252 sessions: the risk really borne.",
        f"Nothing held, or fewer than 60 sessions of prices. {_IMPUTED}",
        "high-volatility",
        "low-volatility",
    ),
    Feature(
        "falls_net_buying",
        "Buying in falls",
        "behaviour",
        "share",
        "identity",
        -1.0,
        "Net purchases over all trades in months when the benchmark lost 5 % or more: "
        "+1 only buys, -1 only sells, 0 sits still.",
        f"No such month since the first trade. {_IMPUTED}",
        "dip-buying",
        "dip-selling",
    ),
    Feature(
        "sip_share",
        "SIP share",
        "behaviour",
        "share",
        "identity",
        0.0,
        "Share of purchase money that came by a systematic plan.",
        f"Nothing bought yet. {_IMPUTED}",
        "plan-saving",
        "lump-sum",
    ),
)


def feature_dictionary(sectors):
    """List every feature in column order.

    Parameters
    ----------
    sectors : sequence of str
        Names of the sectors a customer may prefer; bit i of a mask is entry i.

    Returns
    -------
    tuple of Feature
    """
    preferred = tuple(
        Feature(
            f"{SECTOR_PREFIX}{index}",
            name,
            "sectors",
            "flag",
            "identity",
            0.0,
            f"Whether {name} is among the preferred sectors.",
            "Never unknown: no sector chosen is a choice of none.",
            f"{name}-minded",
            f"{name}-averse",
        )
        for index, name in enumerate(sectors)
    )
    return _MAIN + preferred


def main_features():
    """List the features besides the sectors, in column order.

    Returns
    -------
    tuple of Feature
    """
    return _MAIN
