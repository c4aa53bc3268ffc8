"""Daily bars from parquet and CSV files: columns in, and for each bad row its line and reason."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from market.domain.bars import Bars
from market.providers.base import BadAnswer

NUMBERS = ("open", "high", "low", "close", "adj_close", "volume")
REQUIRED = {"date", "open", "high", "low", "close", "volume"}
FLAG = "stale_holiday"
HEADER_BYTES = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class PriceTable:
    """A file's rows as columns of equal length.

    Parameters
    ----------
    symbols : tuple of str
        Distinct symbols, upper case, without a vendor's suffix.
    codes : ndarray of int
        Position of each row's symbol; -1 where it is missing.
    bars : Bars
        Prices are NaN and dates NaT where missing or unreadable.
    lines : ndarray of int
        Line of a CSV (the header is line 1) or row of a parquet file, counted from 1.
    unreadable : ndarray of bool
        Rows with a text where a number belongs.
    stale : ndarray of bool
        Rows the file itself marks as repeated on a holiday.
    broken : tuple of (int, str)
        Line and reason of CSV lines that are not rows at all.
    has_adjusted : bool
        False where the file has no adj_close; it then equals the close.
    """

    symbols: tuple[str, ...]
    codes: np.ndarray
    bars: Bars
    lines: np.ndarray
    unreadable: np.ndarray
    stale: np.ndarray
    broken: tuple[tuple[int, str], ...]
    has_adjusted: bool

    def __len__(self) -> int:
        return len(self.codes)


def read_price_file(path: Path) -> PriceTable:
    """Read a price file by its ending: .parquet, .csv or .csv.gz.

    Parameters
    ----------
    path : Path
        Columns symbol (or index), date, open, high, low, close, volume and optionally adj_close
        and stale_holiday, in any order and case; others are ignored.

    Raises
    ------
    BadAnswer
        If the file cannot be read at all or lacks a column.
    """
    name = path.name.lower()
    try:
        if name.endswith((".parquet", ".pq")):
            table, lines, broken = _read_parquet(path)
        elif name.endswith((".csv", ".csv.gz")):
            table, lines, broken = _read_csv(path)
        else:
            raise BadAnswer(f"{path.name} is neither .parquet nor .csv nor .csv.gz.")
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise BadAnswer(f"{path.name} cannot be read: {error}") from error
    return _to_table(table, lines, broken)


def _read_parquet(path: Path):
    names = pa.parquet.read_schema(path).names
    chosen = _chosen_columns(path, names)
    table = pa.parquet.read_table(path, columns=list(chosen.values()))
    table = table.rename_columns([_ours(n) for n in table.column_names])
    return table, np.arange(1, len(table) + 1), ()


def _read_csv(path: Path):
    broken: list[tuple[int, str]] = []

    def note(row) -> str:
        reason = f"{row.actual_columns} fields where {row.expected_columns} are expected"
        broken.append((row.number, reason))
        return "skip"

    with pa.input_stream(str(path), compression="detect") as stream:
        first = stream.read(HEADER_BYTES).split(b"\n", 1)[0].decode("utf-8-sig")
    names = next(csv.reader([first.rstrip("\r")]), [])
    chosen = _chosen_columns(path, names)
    table = pa.csv.read_csv(
        path,
        # Line numbers are known to a single thread alone.
        read_options=pa.csv.ReadOptions(use_threads=False),
        parse_options=pa.csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=note),
        convert_options=pa.csv.ConvertOptions(
            include_columns=list(chosen.values()),
            # As text, so that one bad number costs its row and not the file.
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
        ),
    )
    table = table.rename_columns([_ours(n) for n in table.column_names])
    total = len(table) + len(broken)
    lines = np.setdiff1d(np.arange(2, total + 2), [line for line, _ in broken])
    # An empty line is read as a row of nothing; it is no row, but it counts as a line.
    filled = pc.invert(pc.and_(pc.is_null(table["symbol"]), pc.is_null(table["date"])))
    return table.filter(filled), lines[filled.to_numpy()], tuple(broken)


def _ours(name: str) -> str:
    name = name.strip().lower().replace(" ", "_")
    return "symbol" if name == "index" else name


def _chosen_columns(path: Path, names) -> dict[str, str]:
    """The file's column names by ours."""
    found = {_ours(name): name for name in names}
    missing = ({"symbol"} | REQUIRED) - found.keys()
    if missing:
        raise BadAnswer(f"{path.name} lacks the columns {', '.join(sorted(missing))}.")
    wanted = ("symbol", "date", *NUMBERS, FLAG)
    return {name: found[name] for name in wanted if name in found}


def _to_table(table: pa.Table, lines: np.ndarray, broken) -> PriceTable:
    codes, symbols = _symbols(table["symbol"])
    unreadable = np.zeros(len(table), bool)
    numbers = {}
    for name in NUMBERS:
        if name in table.column_names:
            numbers[name], bad = _numbers(table[name])
            unreadable |= bad
    has_adjusted = "adj_close" in numbers
    volume = np.nan_to_num(numbers["volume"], nan=0.0).astype(np.int64)
    bars = Bars(
        _dates(table["date"]),
        *(numbers[name] for name in NUMBERS[:4]),
        numbers["adj_close"] if has_adjusted else numbers["close"].copy(),
        volume,
    )
    stale = np.zeros(len(table), bool)
    if FLAG in table.column_names:
        flags = table[FLAG].to_pandas()
        stale = flags.astype(str).str.lower().eq("true").to_numpy()
    return PriceTable(symbols, codes, bars, lines, unreadable, stale, broken, has_adjusted)


def _symbols(column: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    codes, raw = pd.factorize(column.to_pandas())
    clean = [str(s).strip().upper().removesuffix(".NS") for s in raw]
    symbols = tuple(dict.fromkeys(clean))
    place = {symbol: i for i, symbol in enumerate(symbols)}
    recode = np.array([*(place[s] for s in clean), -1], np.int64)
    return recode[codes], symbols


def _numbers(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Values as float64 with their shortest decimal, and where a text is no number."""
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        values = column.to_pandas()
        exact = values.to_numpy(float, na_value=np.nan)
        if pa.types.is_float32(column.type):
            exact = _seven_digits(exact)
        return exact, np.zeros(len(exact), bool)
    texts = column.to_pandas()
    values = pd.to_numeric(texts, errors="coerce").to_numpy(float, na_value=np.nan)
    filled = texts.notna() & (texts.astype(str).str.strip() != "")
    return values, filled.to_numpy() & np.isnan(values)


def _seven_digits(values: np.ndarray) -> np.ndarray:
    """Single-precision values as they were meant: 3397.35, not 3397.35009765625."""
    with np.errstate(divide="ignore", invalid="ignore"):
        decimals = 6 - np.floor(np.log10(np.abs(values)))
    scale = 10.0 ** np.where(np.isfinite(decimals), np.clip(decimals, 0, 10), 0)
    return np.round(values * scale) / scale


def _dates(column: pa.ChunkedArray) -> np.ndarray:
    dates = pd.to_datetime(column.to_pandas(), errors="coerce", format="ISO8601")
    if dates.dt.tz is not None:
        dates = dates.dt.tz_localize(None)
    return dates.to_numpy().astype("datetime64[D]")
