"""What a division of customers is worth to a bank, on figures the division never saw."""

import numpy as np

# Outcomes that no feature of the matrix is made from. Revealed risk is not among them: it is a
# function of features; nor is the invested sum, which is the portfolio value before its gain.
OUTCOMES = {"total_return": "Total return", "return_1y": "Return on money over one year"}
_CLIPPED = (0.01, 0.99)


def correlation_ratio(values, labels):
    """Share of the variance of a figure that lies between groups (eta squared).

    The figure is clipped at its 1 % and 99 % quantiles first: one lucky customer would
    otherwise make most of the variance.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        NaN unknown; customers without the figure are left out.
    labels : ndarray of int64, shape (n,)

    Returns
    -------
    dict
        `ratio`: 0, groups do not differ, to 1, they say it all. `chance`: what as many groups
        drawn by lot are expected to reach, (g - 1) / (n - 1). Both None where the figure is
        known of fewer than three customers or does not vary.

    References
    ----------
    .. [1] Fisher, R. A. (1925), "Statistical Methods for Research Workers", chapter VII.
    """
    known = np.isfinite(values)
    values, groups = values[known], np.unique(labels[known], return_inverse=True)[1]
    if len(values) < 3:
        return {"ratio": None, "chance": None}
    values = np.clip(values, *np.quantile(values, _CLIPPED))
    total = ((values - values.mean()) ** 2).sum()
    if total <= 1e-12 * max(1.0, float(np.abs(values).max())) ** 2:
        return {"ratio": None, "chance": None}
    sizes = np.bincount(groups)
    means = np.bincount(groups, values) / sizes
    between = (sizes * (means - values.mean()) ** 2).sum()
    return {
        "ratio": float(between / total),
        "chance": (len(sizes) - 1) / (len(values) - 1),
    }


def money_split(portfolio_values, labels):
    """How a division parts the money.

    Parameters
    ----------
    portfolio_values : ndarray of float64, shape (n,)
        Rupees; the unknown counts as nothing.
    labels : ndarray of int64, shape (n,)
        Below 0 in no group.

    Returns
    -------
    dict
        Of the group with the highest average value: `top_share_of_value` and
        `top_share_of_customers`, both of all customers; `spread`, its average over that of the
        poorest group. None where there is no money or no group, `spread` also where the poorest
        group owns nothing.
    """
    money = np.nan_to_num(portfolio_values, posinf=0.0, neginf=0.0)
    nothing = dict.fromkeys(("top_share_of_value", "top_share_of_customers", "spread"))
    grouped = labels >= 0
    if money.sum() <= 0 or not grouped.any():
        return nothing
    groups = np.unique(labels[grouped], return_inverse=True)[1]
    sizes, sums = np.bincount(groups), np.bincount(groups, money[grouped])
    averages = sums / sizes
    top = int(np.argmax(averages))
    return {
        "top_share_of_value": float(sums[top] / money.sum()),
        "top_share_of_customers": float(sizes[top] / len(labels)),
        "spread": float(averages[top] / averages.min()) if averages.min() > 0 else None,
    }
