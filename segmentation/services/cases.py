"""Work on the advisers' queue: take, finish, give back; cases also move by themselves."""

from datetime import datetime

from django.utils import timezone
from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from accounts.audit import record
from segmentation.cases import recount
from segmentation.domain.disagreement import OUTCOMES, next_state
from segmentation.models import CaseState, Customer, RiskCase
from segmentation.queries import collection_of, customer_of

LONGEST_NOTE = 2_000
_AT_ONCE = 5_000


class CaseRefused(Exception):
    """Nothing was changed; the message says why."""


def take_case(*, number, by) -> RiskCase:
    """Make a case one's own: one conditional write, so that of two advisers one gets it.

    Raises
    ------
    CaseRefused
        If there is no disagreement (any more), or somebody else has the case.
    """
    customer = customer_of(number)
    if customer is None or not customer.direction:
        raise CaseRefused(
            f"Questionnaire and behaviour of C-{number} do not disagree any more. "
            "Nothing was taken."
        )
    now = timezone.now()
    classes = {"stated_class": customer.stated_class, "risk_class": customer.risk_class}
    step = f"Taken: states {customer.stated_class}, reveals {customer.risk_class}"
    free = {"number": number, "state": {"$in": [CaseState.OPEN, CaseState.CLOSED]}}
    try:
        # A case that is taken does not match, and its number forbids a second document.
        collection_of(RiskCase).update_one(
            free,
            {
                "$set": {
                    "state": CaseState.TAKEN.value,
                    "taken_by_id": by.pk,
                    "taken_at": now,
                    "changed_at": now,
                    "outcome": "",
                    "note": "",
                    "follow_up": None,
                    **classes,
                },
                "$push": {"trail": _step(now, step, by)},
            },
            upsert=True,
        )
    except DuplicateKeyError:
        raise CaseRefused(_who_has(number, by)) from None
    if customer_of(number) is None:  # withdrew consent meanwhile: no case may stay behind
        collection_of(RiskCase).delete_one({"number": number})
        raise CaseRefused(f"C-{number} is not profiled any more. Nothing was taken.")
    return _moved(number, by, "Took the case", ["open", "taken"])


def finish_case(*, number, by, outcome, note="", follow_up=None) -> RiskCase:
    """Close one's own case with its outcome.

    Parameters
    ----------
    outcome : str
        Key of `OUTCOMES`.
    note : str
    follow_up : date, optional
        When the case is opened again if the two sides still disagree.

    Raises
    ------
    CaseRefused
        If the case is not one's own, or the outcome, the note or the date cannot be.
    """
    if outcome not in OUTCOMES:
        raise CaseRefused("That is none of the outcomes. Nothing was saved.")
    if len(note) > LONGEST_NOTE:
        raise CaseRefused(f"A note has at most {LONGEST_NOTE} characters. Nothing was saved.")
    if follow_up is not None and follow_up <= timezone.localdate():
        raise CaseRefused("The follow-up has to lie in the future. Nothing was saved.")
    customer = customer_of(number)
    now = timezone.now()
    words = f"Done: {OUTCOMES[outcome].lower()}"
    if follow_up is not None:
        words += f", to be looked at again on {follow_up:%d.%m.%Y}"
    fields = {"outcome": outcome, "note": note, "follow_up": _midnight(follow_up)}
    if customer is not None:
        fields |= {"stated_class": customer.stated_class, "risk_class": customer.risk_class}
    done = collection_of(RiskCase).update_one(
        {"number": number, "state": CaseState.TAKEN.value, "taken_by_id": by.pk},
        {
            "$set": {**fields, "state": CaseState.DONE.value, "changed_at": now},
            "$push": {"trail": _step(now, words, by, note)},
        },
    )
    if not done.modified_count:
        raise CaseRefused(_who_has(number, by))
    return _moved(number, by, words, ["taken", "done"])


def release_case(*, number, by) -> RiskCase:
    """Give one's own case back to the queue.

    Raises
    ------
    CaseRefused
        If the case is not one's own.
    """
    now = timezone.now()
    given = collection_of(RiskCase).update_one(
        {"number": number, "state": CaseState.TAKEN.value, "taken_by_id": by.pk},
        {
            "$set": {"state": CaseState.OPEN.value, "taken_by_id": None, "changed_at": now},
            "$push": {"trail": _step(now, "Given back", by)},
        },
    )
    if not given.modified_count:
        raise CaseRefused(_who_has(number, by))
    return _moved(number, by, "Gave the case back", ["taken", "open"])


def move_cases(numbers=None) -> int:
    """Close cases whose disagreement is gone, and open those that came back; safe to repeat.

    Only customers whose case somebody has touched are looked at, so the work grows with what
    advisers do and not with customers.

    Parameters
    ----------
    numbers : collection of int, optional
        All cases when left out.

    Returns
    -------
    int
        Cases that moved.
    """
    chosen = RiskCase.objects.all()
    if numbers is not None:
        chosen = chosen.filter(number__in=[int(number) for number in numbers])
    cases = list(chosen.defer("trail", "note"))
    moved = 0
    for start in range(0, len(cases), _AT_ONCE):
        moved += _move(cases[start : start + _AT_ONCE])
    if moved:
        recount()
    return moved


def _move(cases) -> int:
    shown = ("number", "direction", "stated_class", "risk_class", "case_state")
    wanted = {"number": {"$in": [case.number for case in cases]}}
    rows = collection_of(Customer).find(wanted, {"_id": 0, **dict.fromkeys(shown, 1)})
    customers = {row["number"]: row for row in rows}
    now, today, moved, marks = timezone.now(), timezone.localdate(), 0, []
    for case in cases:
        customer = customers.get(case.number, {})
        disagree = bool(customer.get("direction"))
        state, why = next_state(
            state=case.state,
            classes=(case.stated_class, case.risk_class),
            now=(customer["stated_class"], customer["risk_class"]) if disagree else None,
            follow_up=case.follow_up,
            today=today,
        )
        if why:
            went = collection_of(RiskCase).update_one(
                {"number": case.number, "state": case.state, "changed_at": case.changed_at},
                {
                    "$set": {"state": state, "taken_by_id": None, "changed_at": now},
                    "$push": {"trail": _step(now, why)},
                },
            )
            if not went.modified_count:  # an adviser was quicker
                continue
            moved += 1
            record(actor=None, about=case, changes={"state": [case.state, state]}, note=why)
        if customer and customer.get("case_state", "") != _mark(state):
            mark = {"$set": {"case_state": _mark(state)}}
            marks.append(UpdateOne({"number": case.number}, mark))
    if marks:
        collection_of(Customer).bulk_write(marks, ordered=False)
    return moved


def _mark(state) -> str:
    """What `Customer.case_state` repeats: nothing for what waits in the queue."""
    return state if state in (CaseState.TAKEN, CaseState.DONE) else ""


def _moved(number, by, words, states) -> RiskCase:
    case = RiskCase.objects.get(number=number)
    collection_of(Customer).update_one(
        {"number": number}, {"$set": {"case_state": _mark(case.state)}}
    )
    record(actor=by, about=case, changes={"state": states}, note=words)
    recount()
    return case


def _step(at, step, by=None, note="") -> dict:
    return {"at": at, "step": step, "by": by.email if by else "", "note": note}


def _midnight(day):
    """A date as the database keeps it."""
    return datetime(day.year, day.month, day.day) if day else None


def _who_has(number, by) -> str:
    case = RiskCase.objects.filter(number=number).select_related("taken_by").first()
    if case is None or case.state in (CaseState.OPEN, CaseState.CLOSED):
        return f"The case of C-{number} is taken by nobody. Take it first; nothing was changed."
    if case.state == CaseState.DONE:
        return f"The case of C-{number} is done already. Nothing was changed."
    if case.taken_by_id == by.pk:
        return f"You have taken the case of C-{number} already. Nothing was changed."
    who = case.taken_by.email if case.taken_by else "somebody else"
    return f"{who} took the case of C-{number} before you. Nothing was changed."
