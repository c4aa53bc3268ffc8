"""The words an investor agrees to. Each wording ever shown stays, under its version."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Wording:
    """One version of the question about profiling, as it was shown."""

    version: str
    question: str
    points: tuple[str, ...]


_WORDINGS = (
    Wording(
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
    ),
)

WORDINGS = MappingProxyType({wording.version: wording for wording in _WORDINGS})
CURRENT_WORDING = _WORDINGS[-1]
