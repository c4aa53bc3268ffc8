"""Reads of the advisers' queue: who states one risk and takes another, and what was done."""

from dataclasses import dataclass

from django.core.cache import cache

from accounts.models import User
from accounts.queries import risk_history
from segmentation.domain.disagreement import BOLDER, CAUTIOUS, Evidence, evidence
from segmentation.domain.risk import PARTS
from segmentation.models import CaseState, Customer, RiskCase
from segmentation.queries import (
    collection_of,
    customer_of,
    keys_of_tier,
    published_segments,
)

CASES_A_PAGE = 25
COUNTED_AT_MOST = 10_000
COUNT_SECONDS = 60
_COUNT = "segmentation:open-cases"
DIRECTIONS = {BOLDER: "Bolder than stated", CAUTIOUS: "More cautious than stated"}
SORTS = {
    "priority": ("mismatch", -1),
    "value": ("portfolio_value", -1),
    "stated": ("risk_score", 1),
    "revealed": ("revealed_risk", -1),
}


@dataclass(frozen=True)
class CaseRow:
    """One line of the queue; `case` is None where nobody has touched it yet."""

    customer: Customer
    case: RiskCase | None
    driver: Evidence | None

    @property
    def gap(self):
        """Points of the revealed score above the stated one."""
        return self.customer.revealed_risk - self.customer.risk_score


def queue(*, state="open", direction="", tier="", sort="priority", page=1, adviser=None):
    """One page of the queue.

    Parameters
    ----------
    state : {"open", "taken", "done"}
    direction : {"", "bolder", "cautious"}
    tier : str
    sort : str
        Key of `SORTS`.
    page : int
        From 1.
    adviser : User, optional
        Only cases this member of staff has taken or finished.

    Returns
    -------
    rows : list of CaseRow
        At most `CASES_A_PAGE`.
    more : bool
        Whether there is a next page.
    """
    # Both directions are named, so that one index holds the order: no sort in memory.
    chosen: dict = {
        "case_state": "" if state == "open" else state,
        "direction": direction if direction else {"$in": [BOLDER, CAUTIOUS]},
    }
    if sort == "value":
        chosen["disagrees"] = True  # names the index that is in this order
    if tier:
        chosen["segment_key"] = {"$in": keys_of_tier(tier)}
    if adviser is not None:
        mine = RiskCase.objects.filter(taken_by=adviser, state=state)
        chosen["number"] = {"$in": list(mine.values_list("number", flat=True)[:1_000])}
    found = list(
        collection_of(Customer)
        .find(chosen, {"user_id": 0, "email": 0})
        .sort(*SORTS[sort])
        .skip((page - 1) * CASES_A_PAGE)
        .limit(CASES_A_PAGE + 1)
    )
    customers = [Customer(id=row.pop("_id"), **row) for row in found[:CASES_A_PAGE]]
    cases = {
        case.number: case
        for case in RiskCase.objects.filter(number__in=[each.number for each in customers])
    }
    takers = {case.taken_by_id for case in cases.values()} - {None}
    staff = User.objects.only("email", "role").in_bulk(takers) if takers else {}
    for case in cases.values():
        case.taken_by = staff.get(case.taken_by_id)
    rows = [
        CaseRow(each, cases.get(each.number), next(iter(evidence_of(each)), None))
        for each in customers
    ]
    return rows, len(found) > CASES_A_PAGE


def open_cases() -> int:
    """How many cases wait for somebody, counted at most once a minute and up to 10,000."""
    known = cache.get(_COUNT)
    if known is None:
        waiting = {"case_state": "", "direction": {"$in": [BOLDER, CAUTIOUS]}}
        known = collection_of(Customer).count_documents(waiting, limit=COUNTED_AT_MOST)
        cache.set(_COUNT, known, COUNT_SECONDS)
    return known


def recount() -> None:
    """Let the next page count anew, since a case was taken or finished."""
    cache.delete(_COUNT)


def evidence_of(customer) -> list[Evidence]:
    """Which parts of the revealed score drive the disagreement, the strongest first."""
    if customer.risk_score is None or customer.revealed_risk is None:
        return []
    values = {part.feature: getattr(customer, part.feature) for part in PARTS}
    return evidence(values, customer.risk_score, customer.revealed_risk)


def case_of(number) -> RiskCase | None:
    """The case of a customer; None where nobody has touched it."""
    return RiskCase.objects.filter(number=number).select_related("taken_by").first()


def state_of(case, customer) -> str:
    """Where a case stands: "open" without a document, "none" where the sides agree."""
    if case is not None and case.state != CaseState.CLOSED:
        return case.state
    return "open" if customer is not None and customer.direction else "none"


def questionnaire_of(user):
    """The questionnaire the stated score comes from; None where it is not on record."""
    return next(iter(risk_history(user)), None)


def case_facts(number) -> dict | None:
    """Everything the page of one case shows; None for a number without features."""
    customer = customer_of(number)
    if customer is None:
        return None
    case = case_of(number)
    return {
        "customer": customer,
        "segment": published_segments().get(customer.segment_key),
        "case": case,
        "state": state_of(case, customer),
        "direction": DIRECTIONS.get(customer.direction, ""),
        "evidence": evidence_of(customer),
        "gap": None
        if customer.risk_score is None or customer.revealed_risk is None
        else customer.revealed_risk - customer.risk_score,
        "answered": questionnaire_of(customer.user),
        "trail": list(reversed(case.trail or [])) if case else [],
    }
