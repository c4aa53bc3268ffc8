"""What a run was compared with, as charts: numbers of segments, and other methods."""

# Of a comparison of k, all between 0 and 1 so that one axis holds them.
CURVES = (
    ("silhouette", "Silhouette"),
    ("stability", "Stability"),
    ("separation", "Separation"),
    ("smallest", "Smallest share"),
)
FIGURES = (("silhouette", "Silhouette"), ("stability", "Stability"), ("agreement", "Agreement"))


def charts_of(run):
    """Data of the charts of a run's page.

    Returns
    -------
    dict
        `numbers` (line over k), `methods` and `outcomes` (bars); None where nothing is stored.
    """
    rows = run.comparison or []
    stored = run.alternatives or {}
    methods = [each for each in stored.get("methods", []) if "reason" not in each]
    return {
        "numbers": _numbers(rows, run.k) if len(rows) > 1 else None,
        "methods": _bars(methods, FIGURES, lambda each, key: each.get(key)) if methods else None,
        "outcomes": _outcomes(methods, stored.get("outcomes", [])),
    }


def methods_of(run):
    """Rows of the table of methods, each with its outcomes in the order of the heads."""
    stored = run.alternatives or {}
    keys = [each["key"] for each in stored.get("outcomes", [])]
    return [
        each | {"ratios": [each.get("outcomes", {}).get(key, {}) for key in keys]}
        for each in stored.get("methods", [])
    ]


def _numbers(rows, chosen):
    numbers = [row["k"] for row in rows]
    return {
        "labels": [f"{k}, chosen" if k == chosen else str(k) for k in numbers],
        "series": [
            {"label": label, "values": [row.get(key) for row in rows], "dashed": key == "smallest"}
            for key, label in CURVES
        ],
        "mark": numbers.index(chosen) if chosen in numbers else None,
        "legend": True,
    }


def _bars(methods, figures, value):
    return {
        "labels": [each["name"] for each in methods],
        "series": [
            {"label": label, "values": [value(each, key) for each in methods]}
            for key, label in figures
        ],
        "legend": True,
    }


def _outcomes(methods, outcomes):
    if not methods or not outcomes:
        return None
    figures = [(each["key"], each["label"]) for each in outcomes]
    drawn = _bars(methods, figures, lambda each, key: each["outcomes"].get(key, {}).get("ratio"))
    return drawn | {"unit": "share"}
