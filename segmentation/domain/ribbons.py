"""The drawing of flows between two runs: bars of segments at both sides, bands between them."""

from dataclasses import dataclass

WIDTH, HEIGHT = 720.0, 320.0
BAR, GAP = 14.0, 10.0


@dataclass(frozen=True)
class Bar:
    """One segment of one run, or those the other run does not know (`key` None).

    `y` and `height` are in units of the drawing; bars of one side fill its height.
    """

    key: str | None
    customers: int
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Band:
    """Customers from one bar to another; `path` is the outline as SVG writes it."""

    former: str | None
    later: str | None
    customers: int
    path: str


def ribbons(flows):
    """Lay out a flow diagram.

    Heights are proportional to customers with one scale for both sides. Bands leave and arrive
    in the order of the segments at the other side, so that none of one bar cross each other.

    Parameters
    ----------
    flows : Flows

    Returns
    -------
    before, after : list of Bar
    bands : list of Band
        The largest first, so that small ones are drawn over them.
    """
    steps = flows.steps()
    former, later = [*flows.former_keys, None], [*flows.keys, None]
    leaving = {key: sum(n for a, _, n in steps if a == key) for key in former}
    coming = {key: sum(n for _, b, n in steps if b == key) for key in later}
    total = max(sum(leaving.values()), 1)
    rows = max(sum(1 for n in side.values() if n) for side in (leaving, coming))
    scale = (HEIGHT - GAP * max(rows - 1, 0)) / total
    before, starts = _side(leaving, 0.0, scale)
    after, ends = _side(coming, WIDTH - BAR, scale)
    order = sorted(steps, key=lambda step: (former.index(step[0]), later.index(step[1])))
    begin = {}
    for a, b, n in order:
        begin[a, b] = starts[a]
        starts[a] += n * scale
    bands = {}
    for a, b, n in sorted(order, key=lambda step: (later.index(step[1]), former.index(step[0]))):
        bands[a, b] = _band(begin[a, b], ends[b], n * scale)
        ends[b] += n * scale
    return before, after, [Band(a, b, n, bands[a, b]) for a, b, n in steps]


def _side(sizes, x, scale):
    bars, tops, y = [], {}, 0.0
    for key, customers in sizes.items():
        tops[key] = y
        if customers:
            bars.append(Bar(key, customers, x, y, customers * scale))
            y += customers * scale + GAP
    return bars, tops


def _band(top, end, height):
    left, right, middle = BAR, WIDTH - BAR, WIDTH / 2
    return (
        f"M{left:.1f} {top:.1f}C{middle:.1f} {top:.1f} {middle:.1f} {end:.1f} {right:.1f} {end:.1f}"
        f"V{end + height:.1f}"
        f"C{middle:.1f} {end + height:.1f} {middle:.1f} {top + height:.1f} "
        f"{left:.1f} {top + height:.1f}Z"
    )
