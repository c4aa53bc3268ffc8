"""Taking in a table of customers: read, join, filter, one row a customer.

Nothing is stored. Every refusal is one sentence for whoever asked.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segmentation.domain.table import (
    BadColumns,
    is_code,
    is_quantity,
    numbers_of,
    require,
    texts_of,
)

MOST_ROWS = 2_000_000
_CONDITION = re.compile(r"^(.+?)\s*(<=|>=|!=|!~|=|<|>|~)\s*(.*)$")


def read_table(path: Path) -> pd.DataFrame:
    """Read CSV (comma, semicolon or tab; plain or .gz) or Parquet.

    Raises
    ------
    BadColumns
        If there is no such file, it is empty, of another format or encoding, or has more than
        two million rows.
    """
    path = Path(path)
    if not path.is_file():
        raise BadColumns(f"There is no file {path}.")
    if path.stat().st_size == 0:
        raise BadColumns(f"{path.name} is empty.")
    try:
        frame = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    except UnicodeDecodeError as error:
        raise BadColumns(
            f"{path.name} is not in UTF-8 (byte {error.start:,}); save it in that encoding."
        ) from error
    except (pd.errors.EmptyDataError, pd.errors.ParserError, pa.ArrowInvalid, OSError) as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise BadColumns(f"{path.name} cannot be read as a table ({reason}).") from error
    if len(frame) > MOST_ROWS:
        raise BadColumns(f"{path.name} has more than {MOST_ROWS:,} rows; give a sample of them.")
    if len(frame) == 0:
        raise BadColumns(f"{path.name} has columns but no rows.")
    frame.columns = [str(name).strip() for name in frame.columns]
    return frame


def _parquet(path):
    if pq.ParquetFile(path).metadata.num_rows > MOST_ROWS:
        return pd.DataFrame(index=range(MOST_ROWS + 1))
    return pd.read_parquet(path)


def _csv(path):
    opened = {"encoding": "utf-8-sig", "compression": "infer"}
    head = pd.read_csv(path, sep="\0", header=None, nrows=1, engine="c", quoting=3, **opened)
    first = str(head.iloc[0, 0])
    separator = max(",;\t", key=first.count)
    names = [name.strip(' "') for name in first.split(separator)]
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:  # pandas would call the second one by another name
        raise BadColumns(f"{path.name} has two columns named {twice[0]!r}.")
    return pd.read_csv(path, sep=separator, nrows=MOST_ROWS + 1, low_memory=False, **opened)


def join_table(frame, other, *, by):
    """Add another table's columns by id: the last of its rows with each id.

    Columns that both have stay as the first table has them. Unknown ids get unknown values.
    """
    require(by, list(frame.columns))
    require(by, list(other.columns))
    new = [name for name in other.columns if name not in frame.columns]
    last = other.drop_duplicates(by, keep="last").set_index(by)[new]
    return frame.join(last, on=by)


def keep_where(frame, conditions):
    """Keep rows that meet all conditions: `COLUMN OP VALUE`.

    OP is one of < <= > >= = != for numbers and texts, ~ (contains) and !~ for texts. An unknown
    value meets no condition.

    Raises
    ------
    BadColumns
        If a condition cannot be read, or no row meets all.
    """
    for text in conditions:
        parts = _CONDITION.match(text.strip())
        if parts is None:
            raise BadColumns(f"{text!r} is no condition; write it as COLUMN>VALUE or COLUMN=VALUE.")
        name, sign, value = (part.strip() for part in parts.groups())
        require(name, list(frame.columns))
        frame = frame[_meets(frame[name], sign, value, text)]
        if len(frame) == 0:
            raise BadColumns(f"No row meets {text!r}.")
    return frame.reset_index(drop=True)


def _meets(column, sign, value, text):
    if sign in ("~", "!~"):
        texts = texts_of(column)
        holds = np.char.find(texts, value) >= 0
        return np.where(texts == "", False, holds if sign == "~" else ~holds)
    if is_quantity(column):
        try:
            bound = float(value)
        except ValueError:
            raise BadColumns(f"{text!r} compares numbers with {value!r}.") from None
        own, _ = numbers_of(column)
        known = np.isfinite(own)
    elif sign in ("=", "!="):
        own, bound = texts_of(column), value
        known = own != ""
    else:
        raise BadColumns(f"{text!r} orders texts; only = != ~ !~ compare them.")
    compare = {
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "=": np.equal,
        "!=": np.not_equal,
    }[sign]
    return known & compare(own, bound)


def weights_of(frame, name):
    """How many customers each row stands for.

    Raises
    ------
    BadColumns
        If a weight is unknown, negative, or all are nought.
    """
    require(name, list(frame.columns))
    weight, _ = numbers_of(frame[name])
    bad = ~(np.isfinite(weight) & (weight >= 0))
    if bad.any():
        row = int(np.argmax(bad)) + 1
        raise BadColumns(f"{name} cannot be a weight: it is unknown or negative in row {row}.")
    if not weight.sum() > 0:
        raise BadColumns(f"{name} cannot be a weight: it is nought in every row.")
    return weight


def one_row_a_customer(frame, *, by, weight=""):
    """Put the rows of each id together, as multiple imputations of one household are.

    Quantities are averaged; of texts, and of numbers with at most ten whole values (codes), the
    commonest counts; weights are summed.

    Parameters
    ----------
    frame : pandas.DataFrame
    by : str
        Column of ids; ids that are unknown keep their rows apart.
    weight : str
        Column that is summed instead.

    Returns
    -------
    pandas.DataFrame
        In the order in which ids first appear.
    """
    ids = frame[by]
    if not ids.duplicated().any():
        return frame
    place, known = pd.factorize(ids)
    alone = place < 0
    place[alone] = len(known) + np.arange(int(alone.sum()))
    out = {}
    for name in frame.columns:
        column = frame[name]
        if name == by:
            out[name] = column.groupby(place).first()
        elif is_quantity(column) and (name == weight or not is_code(column)):
            numbers = pd.Series(numbers_of(column)[0]).groupby(place)
            out[name] = numbers.sum() if name == weight else numbers.mean()
        else:
            out[name] = _commonest(column, place)
    return pd.DataFrame(out).reset_index(drop=True)


def _commonest(column, place):
    """The commonest known text of each group; the first met among equals."""
    pairs = pd.DataFrame({"place": place, "text": column.to_numpy(object)})
    pairs["at"] = np.arange(len(pairs))
    counts = (
        pairs.dropna(subset="text")
        .groupby(["place", "text"], sort=False)
        .agg(count=("at", "size"), at=("at", "min"))
        .reset_index()
        .sort_values(["count", "at"], ascending=[False, True])
        .drop_duplicates("place")
        .set_index("place")["text"]
    )
    return counts.reindex(np.arange(place.max() + 1))
