"""The ten-question risk questionnaire and its score from 0 to 100.

Method
------
Five questions ask what an investor's circumstances can bear (capacity) and five what the
investor is willing to bear (willingness); each side counts for 50 of the 100 points. The
options of a question are equally spaced: option ``j`` of ``m`` (from 0) earns
``weight * j / (m - 1)`` points, so that weights are the only judgement in the sum and can
be read off the table. A sum of nearly equal weights predicts about as well as fitted ones
and cannot be overfitted [1]_. Both sides are then read on 0 to 100.

The lower side governs, with some room: the score may not stand more than `MAX_LEAD` points
above the lower of capacity and willingness. Someone eager but unable to bear a loss is not
scored as if the eagerness would pay for it [2]_ [3]_.

Below 35 the risk class is low, from 65 high, between them medium: the middle answer to
every question is 50, and no one is high whose lower side is under 45.

References
----------
.. [1] Dawes, R. M. (1979), The robust beauty of improper linear models in decision making,
   American Psychologist 34(7), 571-582.
.. [2] SEBI (Investment Advisers) Regulations, 2013, regulation 16: assess the capacity for
   absorbing loss, identify clients unwilling or unable to accept it, and give no answer
   inappropriate weight.
.. [3] FSA (2011), Finalised guidance FG11/05, Assessing suitability: capacity for loss is
   judged separately from attitude to risk.
.. [4] Grable, J. and Lytton, R. H. (1999), Financial risk tolerance revisited, Financial
   Services Review 8(3), 163-181: the dimensions that the willingness questions cover.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from accounts.domain.questions import QUESTIONS, Option, Question

QUESTIONNAIRE_VERSION = "1"
MEDIUM_FROM = 35.0
HIGH_FROM = 65.0
MAX_LEAD = 20.0

RiskClass = Literal["low", "medium", "high"]


class IncompleteAnswers(ValueError):
    """The answers are not one known option for each question."""


@dataclass(frozen=True)
class Contribution:
    """What one answer did to the score.

    Attributes
    ----------
    question : Question
    option : Option
    points : float
        Points earned, from 0 to the question's weight.
    shift : float
        Points above (or below) half the weight, which an answer in the middle would earn.
        The shifts of all questions sum to ``weighted_sum - 50``.
    """

    question: Question
    option: Option
    points: float
    shift: float


@dataclass(frozen=True)
class RiskResult:
    """A scored questionnaire, with all that explains it.

    Attributes
    ----------
    score : float
        0 (bears no risk) to 100, after the lower side has governed.
    risk_class : {"low", "medium", "high"}
    weighted_sum : float
        The sum of points before the lower side governed.
    capacity, willingness : float
        Each side alone, 0 to 100.
    held_by : {"capacity", "willingness"} or None
        The side that held the score below the sum, if one did.
    contributions : tuple of Contribution
        In the order of the questions.
    """

    score: float
    risk_class: RiskClass
    weighted_sum: float
    capacity: float
    willingness: float
    held_by: Literal["capacity", "willingness"] | None
    contributions: tuple[Contribution, ...]

    def raised(self, limit: int = 3) -> tuple[Contribution, ...]:
        """The answers that raised the score most, strongest first."""
        up = [each for each in self.contributions if each.shift > 0]
        return tuple(sorted(up, key=lambda each: -each.shift)[:limit])

    def lowered(self, limit: int = 3) -> tuple[Contribution, ...]:
        """The answers that lowered the score most, strongest first."""
        down = [each for each in self.contributions if each.shift < 0]
        return tuple(sorted(down, key=lambda each: each.shift)[:limit])


def risk_class_of(score: float) -> RiskClass:
    """Name the class of a score.

    Parameters
    ----------
    score : float
        0 to 100.

    Returns
    -------
    {"low", "medium", "high"}
        Low below 35, high from 65.

    Raises
    ------
    ValueError
        If the score is unknown (NaN) or outside 0 to 100.
    """
    if not 0 <= score <= 100:
        raise ValueError(f"a risk score lies between 0 and 100, not at {score}")
    if score < MEDIUM_FROM:
        return "low"
    return "medium" if score < HIGH_FROM else "high"


def score_answers(answers: Sequence[int]) -> RiskResult:
    """Score a complete questionnaire.

    Parameters
    ----------
    answers : sequence of int, length 10
        The chosen option of each question by its position (0 is the most cautious), in the
        order of `QUESTIONS`.

    Returns
    -------
    RiskResult

    Raises
    ------
    IncompleteAnswers
        If an answer is missing or names no option.

    Notes
    -----
    ``S = C + W`` with ``C`` and ``W`` the points of capacity and willingness (50 each);
    ``score = min(S, 2 * min(C, W) + MAX_LEAD)``. Formula and sources: see the module.
    """
    if len(answers) != len(QUESTIONS):
        raise IncompleteAnswers(f"{len(QUESTIONS)} answers are needed, {len(answers)} were given")
    contributions = tuple(
        _contribution(question, answer) for question, answer in zip(QUESTIONS, answers, strict=True)
    )
    capacity = 2 * _points(contributions, "capacity")
    willingness = 2 * _points(contributions, "willingness")
    weighted_sum = (capacity + willingness) / 2
    ceiling = min(capacity, willingness) + MAX_LEAD
    held_by: Literal["capacity", "willingness"] | None = None
    if weighted_sum > ceiling:
        held_by = "capacity" if capacity < willingness else "willingness"
    score = min(weighted_sum, ceiling)
    return RiskResult(
        score=score,
        risk_class=risk_class_of(score),
        weighted_sum=weighted_sum,
        capacity=capacity,
        willingness=willingness,
        held_by=held_by,
        contributions=contributions,
    )


def _contribution(question: Question, answer: int) -> Contribution:
    if not 0 <= answer < len(question.options):
        raise IncompleteAnswers(f"question {question.key!r} has no option {answer}")
    points = question.points(answer)
    return Contribution(question, question.options[answer], points, points - question.weight / 2)


def _points(contributions: Sequence[Contribution], side: str) -> float:
    return sum(each.points for each in contributions if each.question.side == side)
