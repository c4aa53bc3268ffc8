"""The kinds of investor a demo market is peopled with.

Each says what such investors declare and, separately, what they do: the two need not agree, and
for a stated share of the customers they do not. The figures are judgement, not measurement.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Archetype:
    """One kind of investor.

    Attributes
    ----------
    share : float
        Fraction of all customers.
    income : tuple of float
        Median rupees a year and sigma of its logarithm.
    saving : float
        Mean share of income that is not spent.
    invested : float
        Share of savings that goes into stocks.
    risk : float
        Mean attitude to risk that is declared, 0 to 1.
    months : tuple of int
        Shortest and longest history.
    holdings : tuple of int
        Fewest and most stocks regularly bought.
    trades : float
        Mean trades a month.
    sell : float
        Probability that a trade is a sale.
    sip : float
        Probability that the customer buys by a monthly plan.
    caps : tuple of float
        Weights of large, mid, small and micro caps.
    calm : float
        Tilt against volatile stocks; negative seeks them.
    dip : float
        Buying in months when the benchmark fell 5 %, as a multiple of the usual; below zero
        sells instead.
    """

    name: str
    share: float
    income: tuple[float, float]
    saving: float
    invested: float
    risk: float
    months: tuple[int, int]
    holdings: tuple[int, int]
    trades: float
    sell: float
    sip: float
    caps: tuple[float, float, float, float]
    calm: float
    dip: float


ARCHETYPES = (
    Archetype(
        "patient holder",
        0.14,
        (3_200_000, 0.45),
        0.42,
        0.45,
        0.45,
        (40, 59),
        (12, 22),
        1.1,
        0.08,
        0.15,
        (0.75, 0.2, 0.05, 0.0),
        1.0,
        2.0,
    ),
    Archetype(
        "steady builder",
        0.30,
        (1_300_000, 0.35),
        0.32,
        0.40,
        0.35,
        (24, 59),
        (4, 8),
        3.0,
        0.03,
        0.95,
        (0.65, 0.25, 0.1, 0.0),
        0.5,
        1.0,
    ),
    Archetype(
        "active trader",
        0.13,
        (1_700_000, 0.50),
        0.25,
        0.60,
        0.80,
        (24, 55),
        (10, 20),
        9.0,
        0.46,
        0.0,
        (0.2, 0.3, 0.35, 0.15),
        -0.8,
        -0.6,
    ),
    Archetype(
        "small-cap seeker",
        0.13,
        (1_000_000, 0.45),
        0.24,
        0.55,
        0.70,
        (24, 50),
        (3, 6),
        1.8,
        0.22,
        0.05,
        (0.0, 0.15, 0.5, 0.35),
        -1.0,
        -1.0,
    ),
    Archetype(
        "careful saver",
        0.17,
        (900_000, 0.35),
        0.30,
        0.18,
        0.15,
        (30, 59),
        (3, 6),
        0.4,
        0.05,
        0.1,
        (0.95, 0.05, 0.0, 0.0),
        2.0,
        0.2,
    ),
    Archetype(
        "new starter",
        0.13,
        (600_000, 0.30),
        0.18,
        0.30,
        0.50,
        (24, 28),
        (2, 4),
        0.8,
        0.12,
        0.3,
        (0.5, 0.3, 0.2, 0.0),
        0.0,
        0.0,
    ),
)

# How many declare something else than they do: the reason to look at behaviour at all.
DECLARES_OTHERWISE = 0.30
CONSENTING = 0.92
# How many let the bank write to them: an assumption, so that lists leave some out.
OPEN_TO_OFFERS = 0.45
