"""What an instrument is: the bare facts that never depend on a price."""

from dataclasses import dataclass

CAP_CLASSES = ("Large", "Mid", "Small", "Micro")
"""NSE's size classes: ranks 1-100, 101-250, 251-500 and 501-750 by market value."""

KINDS = ("equity", "index")
DEFAULT_BENCHMARK = "NIFTY50"
LEADING_INDICES = (
    DEFAULT_BENCHMARK,
    "NIFTY_BANK",
    "NIFTY_IT",
    "NIFTY_AUTO",
    "NIFTY_PHARMA",
    "NIFTY_FMCG",
)


@dataclass(frozen=True, slots=True)
class InstrumentFacts:
    """Identity and classification of one instrument.

    Parameters
    ----------
    symbol : str
        Exchange symbol without a vendor's suffix ("RELIANCE", "M&M", "NIFTY50").
    name : str
        Company or index name.
    isin : str
        Empty for an index.
    sector : str
        NSE industry ("Financial Services"); empty for a broad index.
    cap_class : str
        One of `CAP_CLASSES`; empty for an index.
    kind : str
        "equity" or "index".
    aliases : tuple of str
        Former symbols and names people still type.
    """

    symbol: str
    name: str
    isin: str = ""
    sector: str = ""
    cap_class: str = ""
    kind: str = "equity"
    aliases: tuple[str, ...] = ()
