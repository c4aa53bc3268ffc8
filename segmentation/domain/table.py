"""Features out of the columns of any table of customers.

The product's own features are a dictionary written by hand; those of a table are built here:
which column, with which transform and why, so that everything after (scaling, choice of k,
clustering, names, profiles) is the product's own code.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from segmentation.domain.features import Feature
from segmentation.domain.ranks import rank_knots
from segmentation.domain.scaling import LOWER_QUANTILE, UPPER_QUANTILE

NUMBERS, TEXTS = "numbers", "texts"
# Texts weigh a quarter, as the sectors do and for the same reason: see `features.BLOCKS`.
BLOCK_WEIGHTS = {NUMBERS: 1.0, TEXTS: 0.25}
# "log" is the logarithm that the values allow.
ASKED = ("identity", "log", "log10", "log1p", "rank", "text")
MOST_TEXTS, RAREST_TEXT = 50, 0.01
FEW_VALUES = 10
# Skewness of a bell as samples show it; half of it on either side is what eyes call symmetric.
SYMMETRIC = 0.5
_MOSTLY = 0.95


class BadColumns(ValueError):
    """The table cannot be used so; the message is one sentence for whoever asked."""


@dataclass(frozen=True)
class Wanted:
    """One feature asked for: `[label=]COLUMN[/COLUMN][:transform]`."""

    label: str
    column: str
    over: str = ""
    transform: str = ""


@dataclass(frozen=True)
class Choice:
    """How one column enters, and why.

    Attributes
    ----------
    label, transform, why : str
    unknown : int
        Rows without a usable value.
    """

    label: str
    transform: str
    why: str
    unknown: int


@dataclass(frozen=True)
class Columns:
    """A table made ready for `division.divide`.

    Attributes
    ----------
    features : tuple of Feature
    values : ndarray of float64, shape (n, n_features)
        Raw units, NaN unknown.
    choices : tuple of Choice
        One a column asked for; texts become several features.
    left_out : tuple of (str, str)
        Columns nobody asked for that cannot be used, each with the reason.
    """

    features: tuple[Feature, ...]
    values: np.ndarray
    choices: tuple[Choice, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def parse_features(text, names):
    """Read a list of features as it is typed.

    Parameters
    ----------
    text : str
        Separated by commas: `income=INCOME:log, EQUITY/FIN, job`.
    names : sequence of str
        Columns of the table.

    Returns
    -------
    list of Wanted

    Raises
    ------
    BadColumns
        If a column is not there (names near ones), or a transform is unknown.
    """
    wanted = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        label, given, rest = part.rpartition("=") if part not in names else ("", "", part)
        transform = ""
        if rest not in names and ":" in rest:
            rest, _, transform = rest.rpartition(":")
        column, over = rest.strip(), ""
        if column not in names and "/" in column:
            column, _, over = (piece.strip() for piece in column.partition("/"))
        for name in filter(None, (column, over)):
            require(name, names)
        if transform and transform not in ASKED:
            raise BadColumns(
                f"{transform!r} is no transform; there are {', '.join(ASKED)}, and none named "
                "means the one that fits best."
            )
        wanted.append(Wanted(label.strip() if given else rest.strip(), column, over, transform))
    if not wanted:
        raise BadColumns("No feature is named.")
    labels = [each.label for each in wanted]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise BadColumns(f"{', '.join(twice)} is named twice among the features.")
    return wanted


def require(name, names):
    """Refuse a column that the table does not have.

    Raises
    ------
    BadColumns
        Naming columns spelt alike.
    """
    if name in names:
        return
    small = {str(each).lower(): each for each in names}
    near = [small[each] for each in get_close_matches(name.lower(), small, n=3, cutoff=0.6)]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    some = ", ".join(str(each) for each in list(names)[:8])
    raise BadColumns(
        f"The table has no column {name!r}.{hint}"
        + ("" if near else f" Its columns begin with {some}.")
    )


def table_columns(frame, wanted=None, *, leave=()):
    """Turn columns of a table into features.

    Parameters
    ----------
    frame : pandas.DataFrame
    wanted : list of Wanted, optional
        Every usable column where left out.
    leave : collection of str
        Columns with another part to play.

    Returns
    -------
    Columns

    Raises
    ------
    BadColumns
        If a column asked for cannot be used, or none can.
    """
    asked = wanted is not None
    if wanted is None:
        wanted = [Wanted(str(name), name) for name in frame.columns if name not in leave]
    features: list[Feature] = []
    values: list[np.ndarray] = []
    choices, left_out = [], []
    for each in wanted:
        try:
            made, columns, choice = _feature(frame, each)
        except BadColumns as reason:
            if asked:
                raise
            left_out.append((each.label, str(reason)))
            continue
        features += made
        values += columns
        choices.append(choice)
    if not features:
        raise BadColumns("No column of the table can be a feature: all are texts or constant.")
    return Columns(tuple(features), np.column_stack(values), tuple(choices), tuple(left_out))


def numbers_of(column):
    """Read a column as numbers.

    Parameters
    ----------
    column : pandas.Series

    Returns
    -------
    numbers : ndarray of float64, shape (n,)
        NaN where unknown, infinite or no number.
    strange : int
        Cells that hold something which is no number.
    """
    if pd.api.types.is_bool_dtype(column):
        return column.to_numpy(float, na_value=np.nan), 0
    if pd.api.types.is_datetime64_any_dtype(column):
        return np.full(len(column), np.nan), int(column.notna().sum())
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    strange = int((np.isnan(numbers) & column.notna().to_numpy()).sum())
    return np.where(np.isfinite(numbers), numbers, np.nan), strange


def texts_of(column):
    """A column as texts, empty where unknown; whole numbers without their ".0"."""
    known = column.notna().to_numpy()
    texts = column.astype(str).str.strip().str.removesuffix(".0").to_numpy(object)
    return np.where(known, texts, "").astype(str)


def is_quantity(column):
    """Whether a column holds numbers, a few strange cells apart."""
    numbers, strange = numbers_of(column)
    known = int(np.isfinite(numbers).sum())
    return known > 0 and known >= _MOSTLY * (known + strange)


def is_code(column):
    """Whether numbers are so few and whole that they name classes."""
    numbers, _ = numbers_of(column)
    distinct = np.unique(numbers[np.isfinite(numbers)])
    return len(distinct) <= FEW_VALUES and bool((distinct == np.round(distinct)).all())


def choose_transform(values):
    """Choose how a quantity enters the distance.

    The mildest that leaves its bulk symmetric: as it stands, else its logarithm, else the normal
    scores of its ranks. Skewness is judged between the quantiles at which scaling clips.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        NaN unknown.

    Returns
    -------
    transform : str
    why : str
    """
    known = values[np.isfinite(values)]
    if len(np.unique(known)) <= FEW_VALUES:
        return "identity", "It has few different values, which stand as they are."
    plain = skewness(known)
    if abs(plain) <= SYMMETRIC:
        return "identity", f"Skewness {plain:.1f}: symmetric enough as it stands."
    if known.min() >= 0:
        name = "log10" if known.min() > 0 else "log1p"
        logged = skewness(np.log10(known) if name == "log10" else np.log1p(known))
        if abs(logged) <= SYMMETRIC:
            return name, f"Skewness {plain:.1f}, of its logarithm {logged:.1f}."
        return "rank", (
            f"Skewness {plain:.1f}, of its logarithm still {logged:.1f}: normal scores of ranks."
        )
    return "rank", (
        f"Skewness {plain:.1f}, and no logarithm of what is below zero: normal scores of ranks."
    )


def skewness(known):
    """Skewness of known values, clipped where scaling clips; 0 without spread."""
    part = np.clip(known, *np.quantile(known, [LOWER_QUANTILE, UPPER_QUANTILE]))
    deviation = part.std()
    return float((((part - part.mean()) / deviation) ** 3).mean()) if deviation > 0 else 0.0


def _feature(frame, wanted):
    if wanted.over:
        return _quantity(wanted, _ratio(frame, wanted))
    column = frame[wanted.column]
    if wanted.transform == "text" or (not wanted.transform and not is_quantity(column)):
        return _texts(wanted, column)
    numbers, strange = numbers_of(column)
    if strange > (1 - _MOSTLY) * max(strange + np.isfinite(numbers).sum(), 1):
        row = int(np.flatnonzero(np.isnan(numbers) & column.notna().to_numpy())[0])
        raise BadColumns(
            f"{wanted.column} is not numeric ({column.iloc[row]!r} in row {row + 1}), so "
            f"{wanted.transform} cannot be taken of it."
        )
    return _quantity(wanted, numbers, strange)


def _ratio(frame, wanted):
    for name in (wanted.column, wanted.over):
        if not is_quantity(frame[name]):
            raise BadColumns(f"{name} is not numeric, so {wanted.label} cannot be computed.")
    above, below = (numbers_of(frame[name])[0] for name in (wanted.column, wanted.over))
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)


def _quantity(wanted, numbers, strange=0):
    known = numbers[np.isfinite(numbers)]
    unknown = len(numbers) - len(known)
    if len(known) == 0:
        raise BadColumns(f"{wanted.label} has no known value.")
    distinct = np.unique(known)
    if len(distinct) == 1:
        raise BadColumns(f"{wanted.label} is the same in every row.")
    transform, why = wanted.transform, "Asked for."
    if not transform:
        transform, why = choose_transform(numbers)
    if transform == "log":
        transform = "log10" if known.min() > 0 else "log1p"
    if transform.startswith("log") and known.min() < 0:
        raise BadColumns(
            f"{wanted.label} goes below zero ({known.min():g}), so no logarithm can be taken of "
            "it; rank would do."
        )
    if transform == "log10" and known.min() == 0:
        raise BadColumns(
            f"{wanted.label} has zeros, so log10 cannot be taken of it; log1p would do."
        )
    if strange:
        why += f" {strange:,} cells that are no numbers count as unknown."
    two = len(distinct) == 2 and not wanted.transform
    if two:  # yes or no, whatever the two are called
        numbers = np.where(np.isnan(numbers), np.nan, (numbers == distinct[1]).astype(float))
        why = f"Two values: {distinct[1]:g} counts as one, {distinct[0]:g} as nought."
    share = not two and known.min() >= 0 and known.max() <= 1
    feature = Feature(
        wanted.label,
        wanted.label,
        NUMBERS,
        "flag" if two else "share" if share else "amount",
        transform,
        -np.inf,
        why,
        "The median of all stands in.",
        f"high {wanted.label}",
        f"low {wanted.label}",
        rank_knots(numbers) if transform == "rank" else (),
    )
    return [feature], [numbers], Choice(wanted.label, transform, why, unknown)


def _texts(wanted, column):
    texts = texts_of(column)
    known = texts[texts != ""]
    names, counts = np.unique(known, return_counts=True)
    if len(names) == 0:
        raise BadColumns(f"{wanted.label} has no known value.")
    if len(names) == 1:
        raise BadColumns(f"{wanted.label} is the same in every row.")
    if len(names) > MOST_TEXTS:
        raise BadColumns(
            f"{wanted.label} holds {len(names):,} different texts such as {names[0]!r}, too many "
            "to say who is alike."
        )
    frequent = names[counts >= RAREST_TEXT * len(known)]
    if len(frequent) == 2 and len(names) == 2:
        frequent = frequent[1:]  # the other is its absence
    features, values = [], []
    for name in frequent:
        values.append(np.where(texts == "", np.nan, (texts == name).astype(float)))
        features.append(
            Feature(
                f"{wanted.label}: {name}",
                f"{wanted.label}: {name}",
                TEXTS,
                "flag",
                "identity",
                0.0,
                f"Whether {wanted.label} is {name}.",
                "The share of all stands in.",
                f"{_plain(wanted.label)} {name}",
                f"not {_plain(wanted.label)} {name}",
            )
        )
    rare = len(names) - len(frequent) if len(names) > 2 else 0
    why = f"{len(names)} texts, each one or nought."
    if rare:
        why += f" {rare} rarer than {RAREST_TEXT:.0%} have no column."
    return features, values, Choice(wanted.label, "text", why, len(texts) - len(known))


def _plain(label):
    return re.sub(r"[_\s]+", " ", label).strip()
