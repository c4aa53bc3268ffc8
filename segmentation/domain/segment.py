"""What other rooms and pages learn of a segment."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SegmentView:
    """One segment of the published run.

    Attributes
    ----------
    key, name, description : str
        The key outlives retrains; name and description say what sets it apart.
    tier, risk_class : str
        "high", "medium" or "low": by average portfolio value, and by average
        revealed risk (empty where unknown).
    customers : int
    average_value, total_value : float
        Portfolio value, rupees; the average NaN for a segment without customers.
    run_number : int
    scores : dict of str to float
        Deviations of each main feature's mean from the average customer.
    typical : dict of str to float or None
        Median of each main feature, raw units.
    """

    key: str
    name: str
    description: str
    tier: str
    risk_class: str
    customers: int
    average_value: float
    total_value: float
    run_number: int
    scores: dict = field(default_factory=dict)
    typical: dict = field(default_factory=dict)
