"""What an investor agrees to, and the words of it. Each wording ever shown stays, under its
version."""

from dataclasses import dataclass
from types import MappingProxyType

PROFILING, OFFERS = "profiling", "offers"


@dataclass(frozen=True)
class Wording:
    """One version of the question about a purpose, as it was shown.

    Attributes
    ----------
    purpose : str
        `PROFILING` or `OFFERS`; agreeing to one says nothing about the other.
    version, question : str
    points : tuple of str
    yes, no : str
        The two answers.
    """

    purpose: str
    version: str
    question: str
    points: tuple[str, ...]
    yes: str
    no: str


_WORDINGS = (
    Wording(
        purpose=PROFILING,
        version="2026-11",
        question="May we group you with investors who act like you?",
        points=(
            "We compare your declared facts, your risk score and your trades with those of "
            "other investors and put you into one of a few segments.",
            "Your segment decides which stocks are suggested to you and how the bank serves you. "
            "It never decides whether you may trade.",
            "Bank staff with a permission for personal data can see your segment.",
            "You can withdraw at any time. You then leave your segment, and your portfolio, your "
            "ledger and the live market work as before.",
        ),
        yes="Yes, group me",
        no="No, do not",
    ),
    Wording(
        purpose=OFFERS,
        version="offers-2026-11",
        question="May we write to you with offers?",
        points=(
            "We may send you an e-mail about services of the bank that fit how you invest.",
            "Whom we write to is chosen by segment, portfolio and risk, so an offer reaches you "
            "only if you also agreed to be grouped.",
            "Staff who prepare a mailing get a list with your customer number and e-mail address. "
            "Each such list is on record.",
            "You can withdraw at any time: every list made from then on leaves you out. Nothing "
            "else changes.",
        ),
        yes="Yes, write to me",
        no="No, do not write",
    ),
)

WORDINGS = MappingProxyType({wording.version: wording for wording in _WORDINGS})
CURRENT_WORDINGS = MappingProxyType({wording.purpose: wording for wording in _WORDINGS})
"""The latest wording of each purpose."""
CURRENT_WORDING = CURRENT_WORDINGS[PROFILING]
