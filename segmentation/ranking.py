"""Reads of the segments ranked for effort, and of the high-value customers who went quiet."""

from dataclasses import dataclass

from django.utils import timezone

from segmentation.domain.growth import HORIZONS, SegmentGrowth
from segmentation.domain.offers import Offer, offers_for
from segmentation.domain.quiet import KINDS
from segmentation.domain.ranking import DEFAULT_DAYS, ORDERS, SegmentFacts, effort_order
from segmentation.domain.segment import SegmentView
from segmentation.models import QuietCustomer, SegmentRanking
from segmentation.queries import published_run, segments_of

QUIET_A_PAGE = 25


@dataclass(frozen=True)
class RankedSegment:
    """One segment in its place.

    Attributes
    ----------
    place, by_value, by_growth : int
        From 1.
    segment : SegmentView
        As it is now.
    facts : SegmentFacts
        As of the ranking's day.
    share : float
        Of the value of all segments, as of now.
    growth : SegmentGrowth
        Over the days asked for.
    lead : float
        Median one-year return less the benchmark's; NaN where either is unknown.
    offers : list of (Offer, str)
    """

    place: int
    by_value: int
    by_growth: int
    segment: SegmentView
    facts: SegmentFacts
    share: float
    growth: SegmentGrowth
    lead: float
    offers: list[tuple[Offer, str]]


def ranking_page(*, by="both", days=DEFAULT_DAYS) -> dict:
    """What the page of the ranking shows.

    Parameters
    ----------
    by : str
        Key of `ORDERS`.
    days : int
        One of `HORIZONS`.

    Returns
    -------
    dict
        `run` and `ranking`, None where there is none yet, and `rows` (list of RankedSegment).
    """
    run = published_run()
    ranking = SegmentRanking.objects.filter(run_id=run.pk).first() if run else None
    page = {"run": run, "ranking": ranking, "rows": [], "by": by, "days": days}
    page |= {"orders": ORDERS, "horizons": HORIZONS}
    if ranking is None:
        return page
    facts = {each["key"]: SegmentFacts.from_document(each) for each in ranking.facts}
    segments = [each for each in segments_of(run) if each.key in facts]
    everything = sum(each.total_value for each in segments)
    rates = [facts[each.key].growth[days].money_rate for each in segments]
    order = effort_order([each.total_value for each in segments], rates, by=by)
    benchmark = float("nan") if ranking.benchmark_1y is None else ranking.benchmark_1y
    today = timezone.localdate()
    rows = []
    for place, (index, by_value, by_growth) in enumerate(order, start=1):
        segment = segments[index]
        known = facts[segment.key]
        rows.append(
            RankedSegment(
                place=place,
                by_value=by_value,
                by_growth=by_growth,
                segment=segment,
                facts=known,
                share=segment.total_value / everything if everything else float("nan"),
                growth=known.growth[days],
                lead=known.return_1y - benchmark,
                offers=offers_for(known, segment.tier, today=today),
            )
        )
    return page | {"rows": rows}


def quiet_page(*, segment="", kind="", page=1):
    """One page of the quiet customers, those who held most first.

    Parameters
    ----------
    segment, kind : str
        Key of a segment, key of `KINDS`; empty for all.
    page : int
        From 1.

    Returns
    -------
    rows : list of QuietCustomer
        At most `QUIET_A_PAGE`, each with its words in `said`.
    more : bool
    """
    chosen = QuietCustomer.objects.all()
    if segment:
        chosen = chosen.filter(segment_key=segment)
    if kind:
        chosen = chosen.filter(kind=kind)
    start = (page - 1) * QUIET_A_PAGE
    found = list(chosen[start : start + QUIET_A_PAGE + 1])
    for each in found:
        each.said = KINDS.get(each.kind, "")
    return found[:QUIET_A_PAGE], len(found) > QUIET_A_PAGE
